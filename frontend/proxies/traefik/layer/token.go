package layer

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

const mostToken = 8192

// A key that is taken out of the file must be refused soon.
const keysEvery = 5 * time.Second

type token struct {
	asked *Token
	mutex sync.Mutex
	read  time.Time
	keys  []*key
}

func newToken(asked *Token) *token { return &token{asked: asked} }

type tokenHead struct {
	Alg  string
	Kid  string
	Crit []string
}

type tokenClaims struct {
	Iss string
	Aud json.RawMessage
	Exp *float64
	Nbf *float64
}

func (t *token) lets(req *http.Request) bool {
	scheme, text, found := strings.Cut(req.Header.Get("Authorization"), " ")
	if !found || !strings.EqualFold(scheme, "Bearer") || len(text) > mostToken {
		return false
	}
	parts := strings.Split(strings.TrimSpace(text), ".")
	if len(parts) != 3 {
		return false
	}
	head, claims := tokenHead{}, tokenClaims{}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !decoded(parts[0], &head) || !decoded(parts[1], &claims) {
		return false
	}
	// RFC 7515 section 4.1.11: what is critical and not understood must be refused; nothing is understood here.
	if len(head.Crit) > 0 || !t.isSigned(head, parts[0]+"."+parts[1], signature) {
		return false
	}
	return claims.Iss == t.asked.Issuer && isFor(claims.Aud, t.asked.Audience) && t.isNow(claims)
}

func decoded(part string, into interface{}) bool {
	text, err := base64.RawURLEncoding.DecodeString(part)
	return err == nil && json.Unmarshal(text, into) == nil
}

// A token without an end is none.
func (t *token) isNow(claims tokenClaims) bool {
	now := float64(time.Now().Unix())
	leeway := float64(t.asked.LeewaySeconds)
	return claims.Exp != nil && now < *claims.Exp+leeway && (claims.Nbf == nil || now >= *claims.Nbf-leeway)
}

// RFC 7519 section 4.1.3: one name, or several.
func isFor(raw json.RawMessage, audience string) bool {
	one, many := "", []string{}
	if json.Unmarshal(raw, &one) == nil {
		return one == audience
	}
	if json.Unmarshal(raw, &many) != nil {
		return false
	}
	for _, name := range many {
		if name == audience {
			return true
		}
	}
	return false
}

func (t *token) isSigned(head tokenHead, text string, signature []byte) bool {
	digest := sha256.Sum256([]byte(text))
	for _, k := range t.current() {
		// The key says which algorithm it is for; a token that could choose would choose a weaker one.
		if k.algorithm == head.Alg && (head.Kid == "" || k.id == head.Kid) && k.signed([]byte(text), digest[:], signature) {
			return true
		}
	}
	return false
}

// current: a set that cannot be read leaves no key, and nobody in.
func (t *token) current() []*key {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if time.Since(t.read) > keysEvery {
		t.read = time.Now()
		t.keys = keysAt(t.asked.Keys)
	}
	return t.keys
}

func trimmed(number []byte) []byte { return bytes.TrimLeft(number, "\x00") }
