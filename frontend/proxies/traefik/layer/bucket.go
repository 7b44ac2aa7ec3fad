package layer

import (
	"net"
	"sync"
	"time"
)

// As many clients as are counted at a time; then all start anew, which a guesser cannot use: each address has to be had.
const mostClients = 50000

// A bucket for each client: so many at once, and so many more each second.
type bucket struct {
	perSecond float64
	most      float64
	mutex     sync.Mutex
	left      map[string]float64
	seen      map[string]time.Time
}

func newBucket(perSecond float64, most float64) *bucket {
	return &bucket{perSecond: perSecond, most: most, left: map[string]float64{}, seen: map[string]time.Time{}}
}

func (b *bucket) lets(client string) bool {
	now := time.Now()
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if len(b.left) >= mostClients {
		b.left, b.seen = map[string]float64{}, map[string]time.Time{}
	}
	left := b.most
	if before, known := b.seen[client]; known {
		left = b.left[client] + now.Sub(before).Seconds()*b.perSecond
		if left > b.most {
			left = b.most
		}
	}
	lets := left >= 1
	if lets {
		left--
	}
	b.left[client], b.seen[client] = left, now
	return lets
}

// clientKey: an IPv6 client has 2^64 addresses of its own.
func clientKey(address string) string {
	host, _, _ := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	if ip == nil || ip.To4() != nil {
		return host
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}
