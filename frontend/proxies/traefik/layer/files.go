package layer

import (
	"mime"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
)

// serveFile answers a route from the image. Traefik has removed dot segments before; a name that starts with a dot is never shown.
func serveFile(route *Route, rw http.ResponseWriter, req *http.Request) {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		rw.Header().Set("Allow", "GET, HEAD")
		refuse(rw, http.StatusMethodNotAllowed)
		return
	}
	clean := path.Clean("/" + req.URL.Path)
	if strings.Contains(clean, "/.") && !strings.HasPrefix(clean, "/.well-known/") || strings.ContainsAny(clean, "\x00\\") {
		refuse(rw, http.StatusNotFound)
		return
	}
	if sendFile(route, rw, req, path.Join(route.Files.Folder, clean)) {
		return
	}
	if route.Files.Fallback != "" && sendFile(route, rw, req, path.Join(route.Files.Folder, route.Files.Fallback)) {
		return
	}
	refuse(rw, http.StatusNotFound)
}

func sendFile(route *Route, rw http.ResponseWriter, req *http.Request, name string) bool {
	found, err := os.Stat(name)
	if err == nil && found.IsDir() {
		name = path.Join(name, "index.html")
		found, err = os.Stat(name)
	}
	if err != nil || !found.Mode().IsRegular() {
		return false
	}
	file, err := os.Open(name)
	if err != nil {
		return false
	}
	defer file.Close()
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = "application/octet-stream"
	}
	rw.Header().Set("Content-Type", kind)
	rw.Header().Set("Cache-Control", "max-age="+strconv.FormatInt(route.Files.MaxAgeSeconds, 10))
	http.ServeContent(rw, req, name, found.ModTime(), file)
	return true
}
