use serde_json::json;
use std::io::Read;
use tiny_http::{Header, Method, Response, Server};

fn main() {
    let server = Server::http("0.0.0.0:8000").expect("port 8000 is free");
    println!("words: listening");
    for mut request in server.incoming_requests() {
        let (status, body) = match (request.method(), request.url()) {
            (Method::Get, "/") => (200, json!({"name": "words"})),
            (Method::Post, "/count") => {
                let mut text = String::new();
                match request.as_reader().take(65_536).read_to_string(&mut text) {
                    Ok(_) => (200, json!({"words": text.split_whitespace().count()})),
                    Err(_) => (400, json!({"error": "not a text"})),
                }
            }
            _ => (404, json!({"error": "nothing here"})),
        };
        let header = Header::from_bytes("Content-Type", "application/json").expect("a header");
        let response = Response::from_string(body.to_string()).with_status_code(status).with_header(header);
        if let Err(error) = request.respond(response) {
            eprintln!("words: {error}");
        }
    }
}
