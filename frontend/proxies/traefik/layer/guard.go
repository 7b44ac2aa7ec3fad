package layer

import (
	"net"
	"net/http"
	"strconv"
)

// Who may pass, behind the limits; and routes that are answered from the image's own files.
type guard struct {
	route *Route
	next  http.Handler
	deny  []*net.IPNet
	allow []*net.IPNet
	basic *basic
	token *token
}

func newGuard(route *Route, next http.Handler) (http.Handler, error) {
	deny, err := networksOf(route.Deny)
	if err != nil {
		return nil, err
	}
	allow, err := networksOf(route.Allow)
	if err != nil {
		return nil, err
	}
	g := &guard{route: route, next: next, deny: deny, allow: allow}
	if len(route.Users) > 0 {
		g.basic = newBasic(route)
	}
	if route.Token != nil {
		g.token = newToken(route.Token)
	}
	return g, nil
}

func (g *guard) ServeHTTP(rw http.ResponseWriter, req *http.Request) {
	if g.refuses(req) {
		refuse(rw, http.StatusForbidden)
		return
	}
	if g.route.Certificate && (req.TLS == nil || len(req.TLS.VerifiedChains) == 0) {
		refuse(rw, http.StatusForbidden)
		return
	}
	if g.basic != nil {
		if !g.basic.lets(req) {
			rw.Header().Set("WWW-Authenticate", "Basic realm="+strconv.Quote(g.route.Realm)+", charset=\"UTF-8\"")
			refuse(rw, http.StatusUnauthorized)
			return
		}
		// The application has no use for the proxy's password.
		delete(req.Header, "Authorization")
	}
	if g.token != nil && !g.token.lets(req) {
		rw.Header().Set("WWW-Authenticate", "Bearer")
		refuse(rw, http.StatusUnauthorized)
		return
	}
	if g.route.Files != nil {
		serveFile(g.route, rw, req)
		return
	}
	g.next.ServeHTTP(rw, req)
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
