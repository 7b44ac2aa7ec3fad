package app;

import com.google.gson.Gson;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;

public final class Main {
	private static final Gson GSON = new Gson();

	public static void main(String[] args) throws IOException {
		HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
		server.createContext("/greeting/", exchange -> {
			String name = exchange.getRequestURI().getPath().substring("/greeting/".length());
			answer(exchange, 200, Map.of("greeting", "Hello, " + name));
		});
		server.createContext("/", exchange -> {
			boolean root = exchange.getRequestURI().getPath().equals("/");
			answer(exchange, root ? 200 : 404, Map.of("name", root ? "greetings" : "nothing here"));
		});
		server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
		server.start();
		System.out.println("greetings: listening");
	}

	private static void answer(HttpExchange exchange, int status, Map<String, String> body) throws IOException {
		byte[] bytes = GSON.toJson(new TreeMap<>(body)).getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().set("Content-Type", "application/json");
		exchange.sendResponseHeaders(status, bytes.length);
		try (var out = exchange.getResponseBody()) {
			out.write(bytes);
		}
	}
}
