package layer

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// What is behind the canary: Traefik itself, on the listener that redirects, for whoever asks from inside. It tells little of what it
// was asked, and only what looks as it should: marks of ours, and what the proxy says of a client.
var shownOf = map[string]*regexp.Regexp{
	"X-Request-Id":     regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`),
	"X-Forwarded-For":  regexp.MustCompile(`^[0-9A-Fa-f.:, ]{1,200}$`),
	"X-Real-Ip":        regexp.MustCompile(`^[0-9A-Fa-f.:, ]{1,64}$`),
	"X-Forwarded-Host": regexp.MustCompile(`^[A-Za-z0-9.:_-]{1,255}$`),
	"X-Original-Url":   regexp.MustCompile(`^[A-Za-z0-9/._-]{1,255}$`),
	"Authorization":    regexp.MustCompile(`^Bearer sallyport-[0-9a-f-]{36}$`),
	"Cookie":           regexp.MustCompile(`^session=sallyport-[0-9a-f-]{36}$`),
	"Host":             regexp.MustCompile(`^[A-Za-z0-9.:_-]{1,255}$`),
	"Method":           regexp.MustCompile(`^[A-Z_-]{1,32}$`),
}

// How often a request that nobody answers was asked, by its id; of the last few.
var (
	copiesMutex sync.Mutex
	copies      = map[string]int{}
)

func copyOf(id string) {
	copiesMutex.Lock()
	defer copiesMutex.Unlock()
	if len(copies) >= 64 {
		copies = map[string]int{}
	}
	copies[id]++
}

func copiesOf(id string) int {
	copiesMutex.Lock()
	defer copiesMutex.Unlock()
	return copies[id]
}

// isBehind: only from inside, and only below the canary's folder.
func (e *edge) isBehind(req *http.Request) bool {
	return !e.secure && isLoopback(req.RemoteAddr) && strings.HasPrefix(req.URL.Path, e.settings.CanaryPath+"/")
}

func (e *edge) answerBehind(rw http.ResponseWriter, req *http.Request) {
	text := echoOf(req)
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Cache-Control", "no-store")
	switch strings.TrimPrefix(req.URL.Path, e.settings.CanaryPath+"/") {
	case "once":
		copyOf(toldOf(req, "X-Request-Id"))
		hangUp(rw)
		return
	case "cut":
		// Fewer bytes than were promised: the server ends the connection.
		rw.Header().Set("Content-Length", "4096")
	default:
		rw.Header().Set("Content-Length", strconv.Itoa(len(text)))
	}
	rw.WriteHeader(http.StatusOK)
	_, _ = rw.Write([]byte(text))
}

func hangUp(rw http.ResponseWriter) {
	hijacker, ok := rw.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	connection, _, err := hijacker.Hijack()
	if err == nil {
		_ = connection.Close()
	}
}

func echoOf(req *http.Request) string {
	length := ""
	if req.ContentLength > 0 {
		length = strconv.FormatInt(req.ContentLength, 10)
	}
	said := [][]string{
		{"canary", newIdentifier()},
		{"id", toldOf(req, "X-Request-Id")},
		{"for", toldOf(req, "X-Forwarded-For")},
		{"real", toldOf(req, "X-Real-Ip")},
		{"host", admitted("Host", req.Host)},
		{"forwarded_host", toldOf(req, "X-Forwarded-Host")},
		{"original", toldOf(req, "X-Original-Url")},
		{"bearer", toldOf(req, "Authorization")},
		{"cookie", toldOf(req, "Cookie")},
		{"method", admitted("Method", req.Method)},
		{"length", length},
		{"protocol", req.Proto},
		// Of the request whose mark the query is.
		{"copies", strconv.Itoa(copiesOf(req.URL.RawQuery))},
	}
	parts := []string{}
	for _, each := range said {
		parts = append(parts, "\""+each[0]+"\":\""+each[1]+"\"")
	}
	return "{" + strings.Join(parts, ",") + "}\n"
}

func toldOf(req *http.Request, name string) string {
	return admitted(name, strings.Join(req.Header.Values(name), ","))
}

func admitted(name string, text string) string {
	if shownOf[name].MatchString(text) {
		return text
	}
	return ""
}
