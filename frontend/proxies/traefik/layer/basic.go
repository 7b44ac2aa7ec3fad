package layer

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"sync"
)

// Passwords longer than this are nobody's, and the hash takes longer the longer they are.
const mostPassword = 256

// As many names and passwords as are remembered to be right; the hash is slow on purpose, and slower here.
const mostRemembered = 1000

type basic struct {
	hashes map[string]string
	key    []byte
	// One at a time: guessing must not take the processor from everybody else.
	mutex sync.Mutex
	known map[string]bool
	// A page with its pictures, but no dictionary.
	guesses *bucket
}

func newBasic(route *Route) *basic {
	b := &basic{hashes: map[string]string{}, key: make([]byte, 32), known: map[string]bool{}, guesses: newBucket(1, 41)}
	for _, user := range route.Users {
		b.hashes[user.Name] = user.Hash
	}
	_, _ = rand.Read(b.key)
	return b
}

// verdict: whose password it was is what the application learns, and nothing else of it.
func (b *basic) verdict(req *http.Request) int {
	if req.Header.Get("Authorization") == "" {
		return http.StatusUnauthorized
	}
	// Without a password there is nothing to guess, and nothing is counted.
	if !b.guesses.lets(clientKey(req.RemoteAddr)) {
		return http.StatusTooManyRequests
	}
	name, password, ok := req.BasicAuth()
	if !ok || !b.isRight(name, password) {
		return http.StatusUnauthorized
	}
	delete(req.Header, "Authorization")
	req.Header["X-Forwarded-User"] = []string{name}
	return http.StatusOK
}

func (b *basic) isRight(name string, password string) bool {
	if len(password) > mostPassword {
		return false
	}
	hash, exists := b.hashes[name]
	if !exists {
		// The same time as for a name that is there, so that names cannot be guessed by the clock.
		for _, other := range b.hashes {
			hash = other
			break
		}
	}
	seal := b.seal(name, password)
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.known[seal] {
		return true
	}
	right := subtle.ConstantTimeCompare([]byte(crypt(password, hash)), []byte(hash)) == 1 && exists
	if right {
		if len(b.known) >= mostRemembered {
			b.known = map[string]bool{}
		}
		b.known[seal] = true
	}
	return right
}

// seal keeps no password in memory that was given once.
func (b *basic) seal(name string, password string) string {
	mac := hmac.New(sha256.New, b.key)
	_, _ = mac.Write([]byte(name + "\x00" + password))
	return string(mac.Sum(nil))
}
