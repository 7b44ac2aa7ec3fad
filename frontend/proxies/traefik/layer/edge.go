package layer

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"
)

// The supervisor keeps this file while the application is healthy.
const healthyFile = "/run/sallyport/proxy/healthy"

type edge struct {
	settings *Settings
	route    *Route
	next     http.Handler
	secure   bool
	trusted  []*net.IPNet
	headers  []Header
	pages    map[int][]byte
	drop     map[string]bool
	hide     map[string]bool
	methods  map[string]bool
}

func newEdge(settings *Settings, route *Route, next http.Handler, secure bool) (http.Handler, error) {
	trusted, err := networksOf(settings.Trusted)
	if err != nil {
		return nil, err
	}
	e := &edge{settings: settings, route: route, next: next, secure: secure, trusted: trusted, pages: map[int][]byte{}}
	for _, header := range route.Headers {
		// RFC 6797 section 7.2: not to be said over plain HTTP.
		if secure || !strings.EqualFold(header.Name, "Strict-Transport-Security") {
			header.Name = http.CanonicalHeaderKey(header.Name)
			e.headers = append(e.headers, header)
		}
	}
	e.drop, e.hide, e.methods = setOf(settings.Drop), setOf(settings.Hide), setOf(settings.Methods)
	for _, page := range settings.Pages {
		// A page that cannot be read is no reason not to start: the proxy's own words stay.
		if text, err := os.ReadFile(page.File); err == nil {
			e.pages[page.Status] = text
		}
	}
	return e, nil
}

func setOf(names []string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

func (e *edge) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	started := time.Now()
	if e.isBehind(req) {
		e.answerBehind(rw, req)
		return
	}
	// Go reads a request with a length and chunks by its chunks and forgets the length; whoever asked through another proxy that read the
	// length would have its answers mixed up with another's. RFC 9112 section 6.1 has the connection end.
	if req.ProtoMajor == 1 && len(req.TransferEncoding) > 0 {
		rw.Header().Set("Connection", "close")
	}
	host, port := hostOf(req)
	client := e.meet(req, port)
	a := &answer{inner: rw, edge: e, request: req, id: req.Header.Get("X-Request-Id")}
	line := lineOf(e, req, client, host)
	e.handle(a, req, host, port)
	a.finish()
	line.write(a, started)
}

func (e *edge) handle(a *answer, req *http.Request, host string, port string) {
	known := isKnown(e.settings.Hosts, host)
	switch {
	case req.URL.Path == e.settings.HealthPath && (e.secure || isLoopback(req.RemoteAddr)):
		answerHealth(a)
	case !known:
		a.own(http.StatusMisdirectedRequest)
	case !e.secure:
		e.redirect(a, req, host, port)
	case req.Method == http.MethodTrace || req.Method == http.MethodConnect:
		a.own(http.StatusMethodNotAllowed)
	case !e.methods[req.Method]:
		// Nobody has registered it (RFC 9110 section 15.6.2).
		a.own(http.StatusNotImplemented)
	case e.isUnclear(req.URL.Path, req.URL.EscapedPath()):
		a.own(http.StatusBadRequest)
	case e.settings.Maintenance != "" && exists(e.settings.Maintenance):
		e.maintain(a)
	case e.settings.Robots != "" && req.URL.Path == "/robots.txt":
		answerText(a, e.settings.Robots)
	case e.settings.SecurityTxt != "" && req.URL.Path == "/.well-known/security.txt":
		answerText(a, e.settings.SecurityTxt)
	case e.route.Refuse != 0:
		a.own(e.route.Refuse)
	case req.ContentLength > e.route.BodyBytes:
		a.own(http.StatusRequestEntityTooLarge)
	default:
		req.Body = http.MaxBytesReader(nil, req.Body, e.route.BodyBytes)
		a.body = req.Body
		e.next.ServeHTTP(a, req)
	}
}

// A path that the proxy and the application could understand differently: with the parameters taken away, as Java's servers do, a
// dot segment or an empty one is left; a backslash is a slash for some. No browser sends any of these.
var (
	unclear = regexp.MustCompile(`[\x00-\x1f\x5c\x7f]|/(?:\.{1,2};|;[^/]*/)`)
	// Traefik's rules see these as they are written, and most applications decode them; twice, some.
	unclearCode = regexp.MustCompile(`(?i)%(?:2f|5c|3b|25(?:2e|2f|5c|3b|00))`)
	nothing     = regexp.MustCompile(`%00`)
)

func (e *edge) isUnclear(path string, written string) bool {
	if nothing.MatchString(written) {
		return true
	}
	return e.settings.Guarded && (unclear.MatchString(path) || unclearCode.MatchString(written))
}

// meet makes of a request what the parts behind may believe. It returns the client's address.
func (e *edge) meet(req *http.Request, port string) string {
	peer, _, _ := net.SplitHostPort(req.RemoteAddr)
	client, isTrusted := peer, within(e.trusted, net.ParseIP(peer))
	scheme, id := "https", ""
	if isTrusted {
		client = e.firstStranger(req.Header.Values("X-Forwarded-For"), peer)
		if req.Header.Get("X-Forwarded-Proto") == "http" {
			scheme = "http"
		}
		id = req.Header.Get("X-Request-Id")
	}
	if !isIdentifier(id) {
		id = newIdentifier()
	}
	// A request has fewer headers than the list has names.
	for name := range req.Header {
		if e.drop[name] {
			delete(req.Header, name)
		}
	}
	// Limits and the application's X-Forwarded-For follow from it: Traefik appends the peer, which is the client from here on.
	delete(req.Header, "X-Forwarded-For")
	req.RemoteAddr = net.JoinHostPort(client, "0")
	req.Header["X-Real-Ip"] = []string{client}
	req.Header["X-Forwarded-Proto"] = []string{scheme}
	req.Header["X-Forwarded-Host"] = []string{req.Host}
	req.Header["X-Forwarded-Port"] = []string{port}
	req.Header["X-Request-Id"] = []string{id}
	// W3C Trace Context: what isn't valid is not told on, to the application as little as to the log.
	if trace := req.Header["Traceparent"]; len(trace) != 1 || !isTrace(trace[0]) {
		delete(req.Header, "Traceparent")
	}
	// Any other upgrade would tunnel past the proxy.
	if upgrade := req.Header.Get("Upgrade"); upgrade != "" && !strings.EqualFold(upgrade, "websocket") {
		delete(req.Header, "Upgrade")
		delete(req.Header, "Connection")
		delete(req.Header, "Http2-Settings")
	}
	return client
}

// firstStranger is the last address of the list that no trusted proxy has; what stands before it may be invented.
func (e *edge) firstStranger(values []string, peer string) string {
	words := strings.Split(strings.Join(values, ","), ",")
	found := peer
	for i := len(words) - 1; i >= 0; i-- {
		address := net.ParseIP(strings.TrimSpace(words[i]))
		if address == nil {
			return found
		}
		found = address.String()
		if !within(e.trusted, address) {
			return found
		}
	}
	return found
}

func (e *edge) redirect(a *answer, req *http.Request, host string, port string) {
	to := ""
	// A client that names the redirect's own port most likely sees HTTPS on its own port too; else it is 443.
	if port == e.settings.Redirect {
		to = ":" + e.settings.HTTPS
	}
	uri := req.URL.RequestURI()
	if !strings.HasPrefix(uri, "/") || strings.HasPrefix(uri, "//") {
		uri = "/"
	}
	a.Header().Set("Location", "https://"+host+to+uri)
	a.own(http.StatusPermanentRedirect)
}

func (e *edge) maintain(a *answer) {
	text, err := os.ReadFile(e.settings.Maintenance)
	if err != nil {
		a.own(http.StatusServiceUnavailable)
		return
	}
	a.Header().Set("Content-Type", "text/html; charset=utf-8")
	a.say(http.StatusServiceUnavailable, text)
}

func answerHealth(a *answer) {
	a.Header().Set("Content-Type", "application/json")
	if exists(healthyFile) {
		a.say(http.StatusOK, []byte("{\"status\":\"ok\"}\n"))
	} else {
		a.say(http.StatusServiceUnavailable, []byte("{\"status\":\"unavailable\"}\n"))
	}
}

func answerText(a *answer, text string) {
	if !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	a.Header().Set("Content-Type", "text/plain; charset=utf-8")
	a.say(http.StatusOK, []byte(text))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil || !errors.Is(err, os.ErrNotExist)
}

func isLoopback(address string) bool {
	host, _, _ := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func newIdentifier() string {
	bytes := make([]byte, 16)
	// Since Go 1.24 it cannot fail.
	_, _ = rand.Read(bytes)
	return hex.EncodeToString(bytes)
}
