package layer

import (
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// By number and not by name: opening /dev/stdout anew may be forbidden to this user. Kept, or it would be closed with its last use.
var (
	standardOutput = os.NewFile(1, "stdout")
	standardError  = os.NewFile(2, "stderr")
)

var (
	printable  = regexp.MustCompile(`^[\x20-\x7e]*$`)
	methodName = regexp.MustCompile(`^[A-Z_-]{1,32}$`)
)

// A line of the access log: strict JSON below 4096 bytes whatever a client sends, and never a query.
type line struct {
	start string
	agent string
	tls   string
}

func lineOf(e *edge, req *http.Request, client string, name string) *line {
	if e.settings.Truncates {
		client = networkOf(client)
	}
	method, host, protocol := req.Method, name, req.Proto
	if !methodName.MatchString(method) {
		method = "-"
	}
	if len(host) > 255 || !printable.MatchString(host) {
		host = "[invalid]"
	}
	tls, resumed := "", ""
	if req.TLS != nil {
		resumed = "."
		if req.TLS.DidResume {
			resumed = "r"
		}
		// 0x0304 is TLS 1.3.
		tls = "TLSv1." + strconv.Itoa(int(req.TLS.Version)-0x0301)
	}
	return &line{
		start: "\",\"type\":\"access\",\"request_id\":\"" + req.Header.Get("X-Request-Id") + "\",\"trace\":\"" +
			req.Header.Get("Traceparent") + "\",\"client\":\"" + client +
			"\",\"method\":\"" + method + "\",\"host\":" + strconv.Quote(host) + ",\"path\":" + shown(req.URL.EscapedPath(), 1024) +
			",\"protocol\":\"" + protocol + "\",\"status\":",
		agent: shown(req.UserAgent(), 200),
		tls:   tls + "\",\"tls_resumed\":\"" + resumed,
	}
}

func (l *line) write(a *answer, started time.Time) {
	upstream, limited := "", ""
	if !a.isOwn {
		upstream = strconv.Itoa(a.status)
	}
	if a.body != nil {
		limited = "PASSED"
	}
	if a.isOwn && a.status == http.StatusTooManyRequests {
		limited = "REJECTED"
	}
	took := strconv.FormatFloat(time.Since(started).Seconds(), 'f', 3, 64)
	// nginx's keys, also those of which Traefik tells nothing, so that one reader reads both.
	_, _ = standardOutput.WriteString("{\"ts\":\"" + started.UTC().Format("2006-01-02T15:04:05+00:00") + l.start +
		strconv.Itoa(a.status) + ",\"bytes\":" + strconv.FormatInt(a.bytes, 10) + ",\"duration\":" + took +
		",\"upstream\":\"\",\"upstream_status\":\"" + upstream + "\",\"cache\":\"\",\"tls_version\":\"" + l.tls + "\",\"limited\":\"" +
		limited + "\",\"agent\":" + l.agent + "}\n")
}

// complain tells the operator, in the form of Traefik's own log.
func complain(message string) {
	_, _ = standardError.WriteString("{\"level\":\"warn\",\"time\":\"" + time.Now().UTC().Format(time.RFC3339) + "\",\"message\":" +
		shown(message, 1000) + "}\n")
}

// shown is a JSON string; of printable ASCII Go's quoting is JSON's.
func shown(text string, most int) string {
	if !printable.MatchString(text) {
		return "\"[unprintable]\""
	}
	if len(text) > most {
		text = text[:most]
	}
	return strconv.Quote(strings.ReplaceAll(text, "?", "%3F"))
}

// networkOf is /24 of IPv4 and /48 of IPv6.
func networkOf(client string) string {
	address := net.ParseIP(client)
	if address == nil {
		return ""
	}
	if four := address.To4(); four != nil {
		return four.Mask(net.CIDRMask(24, 32)).String()
	}
	return address.Mask(net.CIDRMask(48, 128)).String()
}
