package layer

import (
	"net"
	"net/http"
	"strconv"
	"strings"
)

// Who may pass, behind the limits; and routes that are answered from the image's own files.
type guard struct {
	route   *Route
	next    http.Handler
	deny    []*net.IPNet
	allow   []*net.IPNet
	basic   *basic
	token   *token
	forward *forward
	types   map[string]string
}

func newGuard(settings *Settings, route *Route, next http.Handler) (http.Handler, error) {
	deny, err := networksOf(route.Deny)
	if err != nil {
		return nil, err
	}
	allow, err := networksOf(route.Allow)
	if err != nil {
		return nil, err
	}
	g := &guard{route: route, next: next, types: settings.Types, deny: deny, allow: allow}
	if len(route.Users) > 0 {
		g.basic = newBasic(route)
	}
	if route.Token != nil {
		g.token = newToken(route.Token)
	}
	if route.Forward != nil {
		g.forward = newForward(route.Forward)
	}
	return g, nil
}

func (g *guard) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	if status := g.verdict(rw, req); status != http.StatusOK {
		refuse(rw, status)
	} else if g.route.Files != nil {
		g.serveFile(rw, req)
	} else {
		g.next.ServeHTTP(rw, req)
	}
}

// verdict: all that is asked for must be met. What the application is told of who asks comes from here alone.
func (g *guard) verdict(rw http.ResponseWriter, req *http.Request) int {
	if g.refuses(req) || g.route.Certificate && !tellCertificate(req) {
		return http.StatusForbidden
	}
	if g.basic != nil {
		if status := g.basic.verdict(req); status != http.StatusOK {
			rw.Header().Set("WWW-Authenticate", "Basic realm="+strconv.Quote(g.route.Realm))
			return status
		}
	}
	if g.token != nil {
		if why := g.token.problem(req); why != "" {
			rw.Header().Set("WWW-Authenticate", challenge(why))
			return http.StatusUnauthorized
		}
	}
	if g.forward != nil {
		return g.forward.verdict(rw, req)
	}
	return http.StatusOK
}

// RFC 6750 section 3: who sent nothing is told no error.
func challenge(why string) string {
	if why == "none" {
		return "Bearer"
	}
	return "Bearer error=\"invalid_token\", error_description=\"" + why + "\""
}

// tellCertificate: Traefik has verified what was shown; nothing shown is nothing verified.
func tellCertificate(req *http.Request) bool {
	if req.TLS == nil || len(req.TLS.VerifiedChains) == 0 || len(req.TLS.PeerCertificates) == 0 {
		return false
	}
	shown := req.TLS.PeerCertificates[0]
	req.Header.Set("X-Client-Cert-Verify", "SUCCESS")
	req.Header.Set("X-Client-Cert-Subject", plain(shown.Subject.String()))
	req.Header.Set("X-Client-Cert-Issuer", plain(shown.Issuer.String()))
	req.Header.Set("X-Client-Cert-Serial", strings.ToUpper(shown.SerialNumber.Text(16)))
	return true
}

// plain: a name may hold anything, a header may not.
func plain(text string) string {
	if !printable.MatchString(text) {
		return strings.Trim(strconv.QuoteToASCII(text), "\"")
	}
	return text
}

func (g *guard) refuses(req *http.Request) bool {
	host, _, _ := net.SplitHostPort(req.RemoteAddr)
	address := net.ParseIP(host)
	// What has no address is in no network.
	if address == nil {
		return len(g.deny)+len(g.allow) > 0
	}
	return within(g.deny, address) || len(g.allow) > 0 && !within(g.allow, address)
}

// The edge puts its own words in the place of these.
func refuse(rw http.ResponseWriter, status int) {
	rw.WriteHeader(status)
	_, _ = rw.Write([]byte(http.StatusText(status)))
}
