# frozen_string_literal: true

# As much of HTTP/1.1 as the pages of this application need: one request a connection.
class Router
  REASONS = { 200 => 'OK', 404 => 'Not Found' }.freeze

  def initialize
    @routes = {}
  end

  def get(path, &answer)
    @routes[['GET', path]] = answer
  end

  def post(path, &answer)
    @routes[['POST', path]] = answer
  end

  def serve(client)
    method, path = client.gets.to_s.split
    length = 0
    while (line = client.gets) && line != "\r\n"
      length = line.split(':', 2).last.to_i if line.downcase.start_with?('content-length:')
    end
    body = length.zero? ? '' : client.read(length)
    route = @routes[[method, path]]
    status, type, text = route ? route.call(body) : [404, 'text/plain', "nothing here\n"]
    client.write("HTTP/1.1 #{status} #{REASONS[status]}\r\nContent-Type: #{type}\r\n" \
                 "Content-Length: #{text.bytesize}\r\nConnection: close\r\n\r\n#{text unless method == 'HEAD'}")
  rescue Errno::EPIPE, Errno::ECONNRESET
    nil
  ensure
    client.close
  end
end
