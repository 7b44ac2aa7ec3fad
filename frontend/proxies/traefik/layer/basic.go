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
}

func newBasic(route *Route) *basic {
	b := &basic{hashes: map[string]string{}, key: make([]byte, 32), known: map[string]bool{}}
	for _, user := range route.Users {
		b.hashes[user.Name] = user.Hash
	}
	_, _ = rand.Read(b.key)
	return b
}

func (b *basic) lets(req *http.Request) bool {
	name, password, ok := req.BasicAuth()
	if !ok || len(password) > mostPassword {
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
