package layer

import (
	"net/http"
	"regexp"
	"strings"
)

var (
	anyHost     = regexp.MustCompile(`^(?:[a-z0-9](?:[a-z0-9_.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])$`)
	portAtEnd   = regexp.MustCompile(`:[0-9]{1,5}$`)
	traceparent = regexp.MustCompile(`^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`)
	identifier  = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)
)

// hostOf is the lower-case name without its port, and the port that the client used.
func hostOf(req *http.Request) (string, string) {
	name, port := strings.ToLower(req.Host), "443"
	if at := portAtEnd.FindStringIndex(name); at != nil {
		name, port = name[:at[0]], name[at[0]+1:]
	}
	return strings.TrimSuffix(name, "."), port
}

// isKnown: without hosts any well-formed name is; it ends in links and in a Location.
func isKnown(hosts []string, host string) bool {
	if !anyHost.MatchString(host) {
		return false
	}
	for _, known := range hosts {
		if known == host || strings.HasPrefix(known, "*.") && strings.HasSuffix(host, known[1:]) && len(host) >= len(known) {
			return true
		}
	}
	return len(hosts) == 0
}

// Of zeros, or of version ff, it is none.
func isTrace(text string) bool {
	return traceparent.MatchString(text) && !strings.HasPrefix(text, "ff") && text[3:35] != strings.Repeat("0", 32) &&
		text[36:52] != strings.Repeat("0", 16)
}

func isIdentifier(text string) bool { return identifier.MatchString(text) }
