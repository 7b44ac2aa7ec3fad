package layer

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

const mostToken = 8000

// A key that is taken out of the file must be refused soon.
const keysEvery = 5 * time.Second

var (
	tokenPart = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
	tokenType = regexp.MustCompile(`(?i)^(?:application/)?(?:at\+)?jwt$`)
)

// Names are taken as they are written: Go would also take `ALG` for `alg`.
type object map[string]json.RawMessage

type token struct {
	asked *Token
	mutex sync.Mutex
	read  time.Time
	keys  []*key
}

func newToken(asked *Token) *token { return &token{asked: asked} }

// problem is what is wrong with a request's token; `none` where there is no token, nothing where it is good.
func (t *token) problem(req *http.Request) string {
	said := req.Header.Values("Authorization")
	if len(said) != 1 || len(said[0]) < 7 || !strings.EqualFold(said[0][:7], "Bearer ") {
		return "none"
	}
	text := said[0][7:]
	parts := strings.Split(text, ".")
	if len(text) > mostToken || len(parts) != 3 {
		return "malformed"
	}
	for _, part := range parts {
		if !tokenPart.MatchString(part) {
			return "malformed"
		}
	}
	head := objectIn(parts[0])
	if head == nil {
		return "malformed"
	}
	if !isSound(head) {
		return "not signed as expected"
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !t.isSigned(head, parts[0]+"."+parts[1], signature) {
		return "not signed by a known key"
	}
	return t.claimProblem(objectIn(parts[1]))
}

// isSound: what "crit" names must be understood (RFC 7515 section 4.1.11), and nothing of it is.
func isSound(head object) bool {
	_, critical := head["crit"]
	_, unencoded := head["b64"]
	kind, typed := textOf(head["typ"])
	_, named := head["typ"]
	return !critical && !unencoded && (!named || typed && tokenType.MatchString(kind))
}

func (t *token) claimProblem(claims object) string {
	if claims == nil {
		return "malformed"
	}
	now, leeway := float64(time.Now().UnixMilli())/1000, float64(t.asked.LeewaySeconds)
	// A token without an end is none.
	if end, ok := timeOf(claims["exp"]); !ok || now >= end+leeway {
		return "expired"
	}
	if start, ok := timeOf(claims["nbf"]); claims["nbf"] != nil && (!ok || now < start-leeway) {
		return "not valid yet"
	}
	if issuer, ok := textOf(claims["iss"]); !ok || issuer != t.asked.Issuer {
		return "of another issuer"
	}
	if !isFor(claims["aud"], t.asked.Audience) {
		return "for another audience"
	}
	return ""
}

// RFC 7519 section 4.1.3: one name, or several.
func isFor(raw json.RawMessage, audience string) bool {
	if one, ok := textOf(raw); ok {
		return one == audience
	}
	many := []json.RawMessage{}
	if json.Unmarshal(raw, &many) != nil {
		return false
	}
	for _, each := range many {
		if name, ok := textOf(each); ok && name == audience {
			return true
		}
	}
	return false
}

func (t *token) isSigned(head object, text string, signature []byte) bool {
	algorithm, ok := textOf(head["alg"])
	id, named := textOf(head["kid"])
	if !ok || head["kid"] != nil && !named {
		return false
	}
	digest := sha256.Sum256([]byte(text))
	for _, k := range t.current() {
		// The key says which algorithm it is for; a token that could choose would choose a weaker one.
		if k.algorithm == algorithm && (!named || k.id == id) && k.signed([]byte(text), digest[:], signature) {
			return true
		}
	}
	return false
}

// current: a set that has become unreadable is no reason to forget what it said; one that never was, lets nobody in.
func (t *token) current() []*key {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if time.Since(t.read) > keysEvery {
		t.read = time.Now()
		if keys, err := keysAt(t.asked.Keys); err == nil {
			t.keys = keys
		} else {
			complain("The keys for tokens cannot be read, so the ones before stay: " + err.Error())
		}
	}
	return t.keys
}

func objectIn(part string) object {
	text, err := base64.RawURLEncoding.DecodeString(part)
	found := object{}
	if err != nil || json.Unmarshal(text, &found) != nil {
		return nil
	}
	return found
}

func textOf(raw json.RawMessage) (string, bool) {
	text := ""
	// Null would leave the text as it is.
	if len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw, &text) != nil {
		return "", false
	}
	return text, true
}

func timeOf(raw json.RawMessage) (float64, bool) {
	number := 0.0
	if len(raw) == 0 || raw[0] == 'n' || json.Unmarshal(raw, &number) != nil {
		return 0, false
	}
	return number, !math.IsInf(number, 0) && !math.IsNaN(number)
}
