package layer

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
)

// A key of a set (RFC 7517) that signs with one of the three algorithms.
type key struct {
	id        string
	algorithm string
	rsa       *rsa.PublicKey
	ecdsa     *ecdsa.PublicKey
	ed25519   ed25519.PublicKey
}

type keyText struct {
	Kty     string
	Kid     string
	Use     string
	Alg     string
	Crv     string
	N       string
	E       string
	X       string
	Y       string
	Key_ops []string
}

const (
	mostKeys = 32
	mostFile = 262144
)

func keysAt(path string) ([]*key, error) {
	if found, err := os.Stat(path); err != nil || found.Size() > mostFile {
		return nil, fmt.Errorf("%s is not there, or larger than %d bytes", path, mostFile)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	set := struct{ Keys []json.RawMessage }{}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, err
	}
	keys := []*key{}
	for _, raw := range set.Keys {
		each := keyText{}
		if json.Unmarshal(raw, &each) != nil || !isForSigning(each) || len(keys) == mostKeys {
			continue
		}
		if k := keyOf(each); k != nil && (each.Alg == "" || each.Alg == k.algorithm) {
			keys = append(keys, k)
		}
	}
	if len(keys) < len(set.Keys) {
		complain(fmt.Sprintf("Of %d keys in %s only %d can verify RS256, ES256 or EdDSA", len(set.Keys), path, len(keys)))
	}
	return keys, nil
}

func isForSigning(text keyText) bool {
	verifies := text.Key_ops == nil
	for _, each := range text.Key_ops {
		verifies = verifies || each == "verify"
	}
	return verifies && (text.Use == "" || text.Use == "sig")
}

func keyOf(text keyText) *key {
	switch {
	case text.Kty == "RSA":
		modulus, exponent := bytesOf(text.N), new(big.Int).SetBytes(bytesOf(text.E))
		// Shorter ones can be broken, and longer ones cost the time of everybody.
		length := len(bytes.TrimLeft(modulus, "\x00"))
		if length < 256 || length > 512 || !exponent.IsInt64() || exponent.Int64() < 3 || exponent.Int64() > 1<<31-1 {
			return nil
		}
		public := &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(exponent.Int64())}
		return &key{id: text.Kid, algorithm: "RS256", rsa: public}
	case text.Kty == "EC" && text.Crv == "P-256":
		x, y := new(big.Int).SetBytes(bytesOf(text.X)), new(big.Int).SetBytes(bytesOf(text.Y))
		if !elliptic.P256().IsOnCurve(x, y) {
			return nil
		}
		return &key{id: text.Kid, algorithm: "ES256", ecdsa: &ecdsa.PublicKey{Curve: elliptic.P256(), X: x, Y: y}}
	case text.Kty == "OKP" && text.Crv == "Ed25519":
		public := bytesOf(text.X)
		if len(public) != ed25519.PublicKeySize {
			return nil
		}
		return &key{id: text.Kid, algorithm: "EdDSA", ed25519: ed25519.PublicKey(public)}
	}
	return nil
}

func (k *key) signed(text []byte, digest []byte, signature []byte) bool {
	switch {
	case k.rsa != nil:
		return rsa.VerifyPKCS1v15(k.rsa, crypto.SHA256, digest, signature) == nil
	case k.ecdsa != nil:
		return len(signature) == 64 &&
			ecdsa.Verify(k.ecdsa, digest, new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
	}
	return len(k.ed25519) == ed25519.PublicKeySize && ed25519.Verify(k.ed25519, text, signature)
}

func bytesOf(text string) []byte {
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return decoded
}
