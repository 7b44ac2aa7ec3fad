package main

import (
	"embed"
	"encoding/json"
	"log"
	"net/http"

	"github.com/gorilla/mux"
)

//go:embed places.json
var files embed.FS

func main() {
	content, err := files.ReadFile("places.json")
	if err != nil {
		log.Fatal(err)
	}
	var places map[string]string
	if err := json.Unmarshal(content, &places); err != nil {
		log.Fatal(err)
	}

	router := mux.NewRouter()
	router.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]int{"places": len(places)})
	}).Methods(http.MethodGet)
	router.HandleFunc("/places/{name}", func(w http.ResponseWriter, r *http.Request) {
		where, found := places[mux.Vars(r)["name"]]
		if !found {
			http.Error(w, "nobody knows", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{"where": where})
	}).Methods(http.MethodGet)

	log.Print("places: listening")
	log.Fatal(http.ListenAndServe(":8080", router))
}
