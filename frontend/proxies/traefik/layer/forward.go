package layer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// The client waits for two answers, so this one has to be fast.
const (
	forwardConnect = time.Second
	forwardAnswer  = 2 * time.Second
)

// Headers by which the answer would be another one than "may they": conditions, ranges, and what belongs to a body or a hop.
var notAsked = []string{
	"Accept-Encoding", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Expect", "If-Match", "If-Modified-Since",
	"If-None-Match", "If-Range", "If-Unmodified-Since", "Keep-Alive", "Proxy-Connection", "Range", "Sec-Websocket-Key", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade",
}

type forward struct {
	asked  *Forward
	client *http.Client
}

func newForward(asked *Forward) *forward {
	dialer := &net.Dialer{Timeout: forwardConnect}
	// The interpreter takes no method for a function.
	dial := func(ctx context.Context, network string, address string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, address)
	}
	transport := &http.Transport{DialContext: dial, MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Second}
	if asked.ServerName != "" {
		authorities := x509.NewCertPool()
		// Without the file nobody is verified, and nobody passes.
		if text, err := os.ReadFile(asked.Authority); err == nil {
			authorities.AppendCertsFromPEM(text)
		}
		transport.TLSClientConfig = &tls.Config{ServerName: asked.ServerName, RootCAs: authorities, MinVersion: tls.VersionTLS12}
	}
	client := &http.Client{Transport: transport, CheckRedirect: func(_ *http.Request, _ []*http.Request) error { return http.ErrUseLastResponse }}
	return &forward{asked: asked, client: client}
}

// verdict: 2xx lets pass, 401 and 403 are told on with their challenge and without their text, all else is 503.
func (f *forward) verdict(rw http.ResponseWriter, req *http.Request) int {
	ctx, cancel := context.WithTimeout(req.Context(), forwardAnswer)
	defer cancel()
	for _, url := range f.asked.URLs {
		question, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			break
		}
		question.Host = req.Host
		f.describe(question.Header, req)
		answer, err := f.client.Do(question)
		if err != nil {
			continue
		}
		_, _ = io.CopyN(io.Discard, answer.Body, 4096)
		_ = answer.Body.Close()
		return f.heed(rw, req, answer)
	}
	return http.StatusServiceUnavailable
}

func (f *forward) describe(headers http.Header, req *http.Request) {
	for name, values := range req.Header {
		headers[name] = values
	}
	for _, name := range notAsked {
		delete(headers, name)
	}
	uri := req.URL.RequestURI()
	headers.Set("X-Forwarded-Method", req.Method)
	headers.Set("X-Forwarded-Uri", uri)
	headers.Set("X-Original-Method", req.Method)
	headers.Set("X-Original-Url", req.Header.Get("X-Forwarded-Proto")+"://"+req.Host+uri)
	client, _, _ := net.SplitHostPort(req.RemoteAddr)
	headers.Set("X-Forwarded-For", client)
}

func (f *forward) heed(rw http.ResponseWriter, req *http.Request, answer *http.Response) int {
	switch {
	case answer.StatusCode >= 200 && answer.StatusCode < 300:
		for _, name := range f.asked.Headers {
			req.Header.Del(name)
			if value := strings.Join(answer.Header.Values(name), ", "); value != "" {
				req.Header.Set(name, value)
			}
		}
		return http.StatusOK
	case answer.StatusCode == http.StatusUnauthorized:
		for _, value := range answer.Header.Values("WWW-Authenticate") {
			rw.Header().Add("WWW-Authenticate", value)
		}
		return http.StatusUnauthorized
	case answer.StatusCode == http.StatusForbidden:
		return http.StatusForbidden
	}
	return http.StatusServiceUnavailable
}
