package layer

import (
	"net/http"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// `.git`, `.env`, `.htpasswd`: nobody publishes those on purpose. RFC 8615 has the one exception.
var (
	hidden    = regexp.MustCompile(`/\.`)
	wellKnown = regexp.MustCompile(`^/\.well-known(?:/|$)`)
	isText    = regexp.MustCompile(`^(?:text/(?:html|plain|css|csv|javascript|markdown|xml)|application/(?:json|manifest\+json))$`)
)

// serveFile answers a route from the image.
func (g *guard) serveFile(rw http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		rw.Header().Set("Allow", "GET, HEAD")
		refuse(rw, http.StatusMethodNotAllowed)
		return
	}
	name := below(g.route, req.URL.Path)
	// What is no clean path below the folder is nothing that is there.
	if name == "" || name != path.Clean(name) && name != path.Clean(name)+"/" || strings.ContainsAny(name, "\x00\\") ||
		hidden.MatchString(wellKnown.ReplaceAllString(name, "")) {
		refuse(rw, http.StatusNotFound)
		return
	}
	if g.redirectsToFolder(rw, req, name) {
		return
	}
	if g.sendFile(rw, req, name, g.route.Files.MaxAgeSeconds) {
		return
	}
	if g.route.Files.Fallback != "" && g.sendFile(rw, req, g.fallback(), 0) {
		return
	}
	refuse(rw, http.StatusNotFound)
}

// fallback is never kept unasked, also where it is asked for by its own name.
func (g *guard) fallback() string {
	return "/" + strings.TrimLeft(g.route.Files.Fallback, "/")
}

// below is the path under the route's own; nothing for what the route's rule lets in beside it, such as `/docs;x`.
func below(route *Route, asked string) string {
	if route.Exact {
		return route.Path[strings.LastIndex(route.Path, "/"):]
	}
	prefix := strings.TrimRight(route.Path, "/")
	if len(asked) < len(prefix) || !strings.EqualFold(asked[:len(prefix)], prefix) {
		return ""
	}
	rest := asked[len(prefix):]
	if rest == "" {
		return "/"
	}
	if rest[0] != '/' {
		return ""
	}
	return rest
}

// Links in the page of a folder are relative to the slash.
func (g *guard) redirectsToFolder(rw http.ResponseWriter, req *http.Request, name string) bool {
	found, err := os.Stat(path.Join(g.route.Files.Folder, name))
	if err != nil || !found.IsDir() || strings.HasSuffix(req.URL.Path, "/") || g.route.Exact {
		return false
	}
	query := ""
	if req.URL.RawQuery != "" {
		query = "?" + req.URL.RawQuery
	}
	rw.Header().Set("Location", "https://"+req.Host+req.URL.EscapedPath()+"/"+query)
	refuse(rw, http.StatusPermanentRedirect)
	return true
}

func (g *guard) sendFile(rw http.ResponseWriter, req *http.Request, name string, maxAge int64) bool {
	place := path.Join(g.route.Files.Folder, name)
	if strings.HasSuffix(name, "/") {
		place = path.Join(place, "index.html")
	}
	found, err := os.Stat(place)
	if err != nil || !found.Mode().IsRegular() {
		return false
	}
	file, err := os.Open(place)
	if err != nil {
		return false
	}
	defer file.Close()
	if g.route.Files.Fallback != "" && place == path.Join(g.route.Files.Folder, g.fallback()) {
		maxAge = 0
	}
	changed := found.ModTime()
	rw.Header().Set("Content-Type", g.typeOf(place))
	rw.Header().Set("Cache-Control", "max-age="+strconv.FormatInt(maxAge, 10))
	rw.Header().Set("Etag", "\""+strconv.FormatInt(changed.Unix(), 16)+"-"+strconv.FormatInt(found.Size(), 16)+"\"")
	http.ServeContent(rw, req, place, changed, file)
	return true
}

// Anything unknown is for download: with `nosniff` browsers guess nothing.
func (g *guard) typeOf(name string) string {
	kind, known := g.types[strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))]
	if !known {
		return "application/octet-stream"
	}
	if isText.MatchString(kind) {
		return kind + "; charset=utf-8"
	}
	return kind
}
