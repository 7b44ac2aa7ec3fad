package layer

import (
	"crypto/sha512"
	"strconv"
	"strings"
)

const usualRounds = 5000

// Of every three bytes of the digest, which; the specification of SHA-crypt prescribes this order.
var order = []int{0, 21, 42, 22, 43, 1, 44, 2, 23, 3, 24, 45, 25, 46, 4, 47, 5, 26, 6, 27, 48, 28, 49, 7, 50, 8, 29, 9, 30, 51, 31,
	52, 10, 53, 11, 32, 12, 33, 54, 34, 55, 13, 56, 14, 35, 15, 36, 57, 37, 58, 16, 59, 17, 38, 18, 39, 60, 40, 61, 19, 62, 20, 41}

const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// crypt is SHA-512-crypt (`$6$`) with the salt and rounds of a hash. What is no such hash gives a text that no hash equals.
func crypt(password string, hash string) string {
	parts := strings.Split(hash, "$")
	rounds, prefix := usualRounds, "$6$"
	if len(parts) == 5 && strings.HasPrefix(parts[2], "rounds=") {
		rounds, _ = strconv.Atoi(parts[2][len("rounds="):])
		prefix += parts[2] + "$"
		parts = append(parts[:2], parts[3:]...)
	}
	if len(parts) != 4 || parts[1] != "6" || rounds < 1000 || rounds > 1000000 || len(parts[2]) > 16 {
		return ""
	}
	digest := stretched([]byte(password), []byte(parts[2]), rounds)
	return prefix + parts[2] + "$" + encoded(digest)
}

func stretched(password []byte, salt []byte, rounds int) []byte {
	other := sum(password, salt, password)
	start := append([]byte{}, password...)
	start = append(start, salt...)
	start = append(start, repeated(other, len(password))...)
	for bits := len(password); bits > 0; bits >>= 1 {
		if bits&1 == 1 {
			start = append(start, other...)
		} else {
			start = append(start, password...)
		}
	}
	digest := sum(start, nil, nil)
	p := repeated(sum(repeated(password, len(password)*len(password)), nil, nil), len(password))
	s := repeated(sum(repeated(salt, len(salt)*(16+int(digest[0]))), nil, nil), len(salt))
	buffer := make([]byte, 0, 3*len(password)+len(salt)+128)
	for i := 0; i < rounds; i++ {
		buffer = buffer[:0]
		if i&1 == 1 {
			buffer = append(buffer, p...)
		} else {
			buffer = append(buffer, digest...)
		}
		if i%3 != 0 {
			buffer = append(buffer, s...)
		}
		if i%7 != 0 {
			buffer = append(buffer, p...)
		}
		if i&1 == 1 {
			buffer = append(buffer, digest...)
		} else {
			buffer = append(buffer, p...)
		}
		next := sha512.Sum512(buffer)
		digest = next[:]
	}
	return digest
}

func sum(first []byte, second []byte, third []byte) []byte {
	all := append([]byte{}, first...)
	all = append(all, second...)
	all = append(all, third...)
	digest := sha512.Sum512(all)
	return digest[:]
}

// repeated is the bytes over and over, up to a length.
func repeated(bytes []byte, length int) []byte {
	if len(bytes) == 0 {
		return nil
	}
	return []byte(strings.Repeat(string(bytes), length/len(bytes)+1)[:length])
}

func encoded(digest []byte) string {
	text := []byte{}
	for i := 0; i < len(order); i += 3 {
		text = sextets(text, int(digest[order[i]])<<16|int(digest[order[i+1]])<<8|int(digest[order[i+2]]), 4)
	}
	return string(sextets(text, int(digest[63]), 2))
}

func sextets(text []byte, value int, count int) []byte {
	for i := 0; i < count; i++ {
		text = append(text, alphabet[value&63])
		value >>= 6
	}
	return text
}
