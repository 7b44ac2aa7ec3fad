package layer

import (
	"context"
	"fmt"
	"net/http"
)

// Config is how the file of routers names a part.
type Config struct {
	// Where the settings are.
	Settings string `json:"settings,omitempty"`
	// `edge`: the first to see a request and the last to see its answer. `guard`: who may pass, behind the limits.
	// `redirect`: the listener that answers nothing but the way to HTTPS.
	Part string `json:"part,omitempty"`
	// Of the settings' routes, which one.
	Route int `json:"route,omitempty"`
}

// CreateConfig is called by Traefik.
func CreateConfig() *Config { return &Config{} }

// New is called by Traefik for every router that names a part.
func New(_ context.Context, next http.Handler, config *Config, _ string) (http.Handler, error) {
	settings, err := settingsAt(config.Settings)
	if err != nil {
		return nil, err
	}
	if config.Route < 0 || config.Route >= len(settings.Routes) {
		return nil, fmt.Errorf("there is no route %d", config.Route)
	}
	route := &settings.Routes[config.Route]
	switch config.Part {
	case "edge":
		return newEdge(settings, route, next, true)
	case "redirect":
		return newEdge(settings, route, next, false)
	case "guard":
		return newGuard(settings, route, next)
	}
	return nil, fmt.Errorf("there is no part %q", config.Part)
}
