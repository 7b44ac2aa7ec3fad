// Package layer does what a plan asks of a proxy and Traefik has no part for. Traefik's own interpreter runs it, so it keeps to
// plain Go: no generics, no embedding, nothing that the interpreter would do character by character.
package layer

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
)

// Header is a header of every answer.
type Header struct {
	Name  string
	Value string
	Mode  string
}

// User may pass where a route asks for basic authentication.
type User struct {
	Name string
	Hash string
}

// Token says which bearer tokens pass.
type Token struct {
	Issuer        string
	Audience      string
	Keys          string
	LeewaySeconds int64
}

// Forward is who is asked whether a request may pass.
type Forward struct {
	URLs       []string
	ServerName string
	Authority  string
	Headers    []string
}

// Files are answered from a folder of the image.
type Files struct {
	Folder        string
	Fallback      string
	MaxAgeSeconds int64
}

// Route is what one route has of its own.
type Route struct {
	Path        string
	Exact       bool
	BodyBytes   int64
	Streams     bool
	Refuse      int
	Headers     []Header
	Deny        []string
	Allow       []string
	Certificate bool
	Realm       string
	Users       []User
	Token       *Token
	Forward     *Forward
	Files       *Files
}

// Page replaces the proxy's own words for a status.
type Page struct {
	Status int
	File   string
}

// Settings are what the renderer wrote; it has checked all of it.
type Settings struct {
	HTTPS      string
	Redirect   string
	HealthPath string
	// The folder of what no application should be asked.
	CanaryPath string
	// Those that somebody has registered.
	Methods    []string
	Hosts      []string
	// Access depends on paths.
	Guarded     bool
	Trusted     []string
	Drop        []string
	Hide        []string
	Truncates   bool
	Robots      string
	SecurityTxt string
	Pages       []Page
	Maintenance string
	// Media types by the endings of files.
	Types  map[string]string
	Routes []Route
}

// Every route has a part of the layer, and all of them read the same file.
var (
	readMutex sync.Mutex
	readPath  string
	readOnce  *Settings
)

func settingsAt(path string) (*Settings, error) {
	readMutex.Lock()
	defer readMutex.Unlock()
	if readOnce != nil && readPath == path {
		return readOnce, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	settings := &Settings{}
	if err := json.Unmarshal([]byte(marked(string(text))), settings); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	readPath, readOnce = path, settings
	return settings, nil
}

// The file is Traefik's own, whose comments are ours.
const mark = "#| "

func marked(text string) string {
	lines := []string{}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, mark) {
			lines = append(lines, line[len(mark):])
		}
	}
	return strings.Join(lines, "\n")
}

func networksOf(texts []string) ([]*net.IPNet, error) {
	networks := []*net.IPNet{}
	for _, text := range texts {
		_, network, err := net.ParseCIDR(text)
		if err != nil {
			return nil, err
		}
		networks = append(networks, network)
	}
	return networks, nil
}

func within(networks []*net.IPNet, address net.IP) bool {
	if address == nil {
		return false
	}
	for _, network := range networks {
		if network.Contains(address) {
			return true
		}
	}
	return false
}
