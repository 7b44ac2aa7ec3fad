# frozen_string_literal: true

require 'erb'
require 'json'
require 'socket'
require_relative 'lib/router'

$stdout.sync = true
PAGE = ERB.new(File.read(File.join(__dir__, 'page.erb')))

router = Router.new
router.get('/') { |_| [200, 'text/html; charset=utf-8', PAGE.result_with_hash(title: 'Lists', items: %w[bread milk])] }
router.get('/lists.json') { |_| [200, 'application/json', JSON.generate(lists: { shop: %w[bread milk] })] }
router.post('/reverse') { |body| [200, 'text/plain', body.reverse] }

server = TCPServer.new('0.0.0.0', 4567)
puts 'lists: listening'
%w[TERM INT].each { |name| Signal.trap(name) { exit } }
loop do
  Thread.new(server.accept) { |client| router.serve(client) }
end
