package layer

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

var secureFlag = regexp.MustCompile(`(?i);\s*secure\s*(?:;|$)`)

// An answer on its way out. Every answer gets the promised headers, and words of Traefik's own become ours.
type answer struct {
	inner   http.ResponseWriter
	edge    *edge
	request *http.Request
	id      string
	body    io.Reader
	status  int
	bytes   int64
	// Known by then: whether the application said it.
	isOwn bool
	// Status of an answer that may be Traefik's own; decided with its first bytes.
	held     int
	isSilent bool
	streams  bool
}

func (a *answer) Header() http.Header { return a.inner.Header() }

func (a *answer) WriteHeader(status int) {
	if a.status != 0 || a.held != 0 {
		return
	}
	if status < 200 {
		a.inner.WriteHeader(status)
		return
	}
	// Applications date their answers (RFC 9110 section 6.6.1); Traefik's middlewares leave that to the server.
	if _, dated := a.Header()["Date"]; (status >= 400 || status == http.StatusPermanentRedirect) && !dated {
		a.held = status
		return
	}
	a.send(status)
}

func (a *answer) Write(bytes []byte) (int, error) {
	if a.status == 0 && a.held == 0 {
		a.WriteHeader(http.StatusOK)
	}
	if a.held != 0 {
		status := a.held
		if len(bytes) > 0 && !isTraefiks(status, string(bytes)) {
			a.held = 0
			a.send(status)
		} else {
			a.release()
		}
	}
	if a.isSilent {
		return len(bytes), nil
	}
	written, err := a.inner.Write(bytes)
	a.bytes += int64(written)
	if a.streams {
		a.Flush()
	}
	return written, err
}

// Flush is found by Traefik only where the interpreter shows it, so Write calls it itself for what has no length.
func (a *answer) Flush() {
	if a.status == 0 {
		return
	}
	if flusher, ok := a.inner.(http.Flusher); ok {
		flusher.Flush()
	}
}

func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	hijacker, ok := a.inner.(http.Hijacker)
	if !ok {
		return nil, nil, errors.New("the connection cannot be taken over")
	}
	a.prepare(http.StatusSwitchingProtocols)
	a.status = http.StatusSwitchingProtocols
	return hijacker.Hijack()
}

// finish: an error without a word is Traefik's too.
func (a *answer) finish() {
	if a.held != 0 {
		a.release()
	} else if a.status == 0 {
		a.own(http.StatusBadGateway)
	}
}

// own says a status in the proxy's words: two facts and no more.
func (a *answer) own(status int) {
	a.isOwn = true
	if strings.HasPrefix(a.request.Header.Get("Content-Type"), "application/grpc") {
		a.Header().Set("Content-Type", "application/grpc")
		a.Header().Set("Grpc-Status", grpcStatus(status))
		a.isSilent = true
		a.send(http.StatusOK)
		return
	}
	text, found := a.edge.pages[status]
	if found {
		a.Header().Set("Content-Type", "text/html; charset=utf-8")
	} else {
		a.Header().Set("Content-Type", "application/json")
		text = []byte("{\"status\":" + strconv.Itoa(status) + ",\"request_id\":\"" + a.id + "\"}\n")
	}
	a.say(status, text)
}

func (a *answer) say(status int, text []byte) {
	a.isOwn = true
	a.Header().Set("Content-Length", strconv.Itoa(len(text)))
	a.send(status)
	if a.request.Method != http.MethodHead {
		written, _ := a.inner.Write(text)
		a.bytes += int64(written)
	}
	a.isSilent = true
}

func (a *answer) release() {
	status := a.held
	a.held = 0
	if isTooLarge(a.body) {
		status = http.StatusRequestEntityTooLarge
	}
	for _, name := range []string{"X-Retry-In", "X-Content-Type-Options", "Retry-After"} {
		a.Header().Del(name)
	}
	a.own(status)
}

func (a *answer) send(status int) {
	a.prepare(status)
	a.status = status
	_, sized := a.Header()["Content-Length"]
	a.inner.WriteHeader(status)
	a.streams = !sized && status != http.StatusNoContent && status != http.StatusNotModified
	// Of all others the head goes out with the first bytes; where gRPC refuses there are none, and its status is in the head.
	if a.streams && isStream(a.Header()) {
		a.Flush()
	}
}

func (a *answer) prepare(status int) {
	headers := a.Header()
	for name := range headers {
		if a.edge.hide[name] {
			delete(headers, name)
		}
	}
	headers["X-Request-Id"] = []string{a.id}
	if _, said := headers["Retry-After"]; !said {
		switch status {
		case http.StatusTooManyRequests:
			headers["Retry-After"] = []string{"1"}
		case http.StatusServiceUnavailable:
			headers["Retry-After"] = []string{"5"}
		}
	}
	// A cookie that was set over TLS must not be sent without. HttpOnly and SameSite are left alone: forced, they break pages.
	for i, cookie := range headers["Set-Cookie"] {
		if a.edge.secure && !secureFlag.MatchString(cookie) {
			headers["Set-Cookie"][i] = cookie + "; Secure"
		}
	}
	for _, header := range a.edge.headers {
		switch _, said := headers[header.Name]; {
		case header.Mode == "append":
			headers[header.Name] = append(headers[header.Name], header.Value)
		case header.Mode == "override" || !said:
			headers[header.Name] = []string{header.Value}
		}
	}
}

func isStream(headers http.Header) bool {
	kind := headers.Get("Content-Type")
	_, ended := headers["Grpc-Status"]
	return strings.HasPrefix(kind, "text/event-stream") || strings.HasPrefix(kind, "application/grpc") && !ended
}

// Whose clients read a status of their own: https://grpc.io, HTTP to gRPC status codes.
func grpcStatus(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "13"
	case http.StatusUnauthorized:
		return "16"
	case http.StatusForbidden:
		return "7"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return "12"
	case http.StatusRequestEntityTooLarge:
		return "8"
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return "14"
	}
	return "2"
}

// isTraefiks tells the texts of Traefik's own errors from an application's.
func isTraefiks(status int, text string) bool {
	word := strings.TrimSpace(text)
	return word == http.StatusText(status) || word == strconv.Itoa(status)+" "+http.StatusText(status) ||
		word == "no available server" || word == "404 page not found" || word == "Client Closed Request" || word == "Bad Gateway"
}

// The limit stays where it was met: asked again, it says so again.
func isTooLarge(body io.Reader) bool {
	if body == nil {
		return false
	}
	_, err := body.Read(nil)
	var tooLarge *http.MaxBytesError
	return errors.As(err, &tooLarge)
}
