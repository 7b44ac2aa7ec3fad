<?php
declare(strict_types=1);

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$file = __DIR__ . '/../storage/notes.txt';
header('Content-Type: application/json');

if ($path === '/') {
	echo json_encode(['name' => 'notes']);
} elseif ($path === '/notes' && $_SERVER['REQUEST_METHOD'] === 'POST') {
	file_put_contents($file, trim(file_get_contents('php://input')) . "\n", FILE_APPEND | LOCK_EX);
	http_response_code(201);
	echo json_encode(['kept' => true]);
} elseif ($path === '/notes') {
	echo json_encode(is_file($file) ? file($file, FILE_IGNORE_NEW_LINES) : []);
} else {
	http_response_code(404);
	echo json_encode(['error' => 'nothing here']);
}
