# IMAP whose lines are queued by a thread. Words: keep (the queue outlives STARTTLS), any (any OK is an answer), loose (goes on in clear).
require 'openssl'
require 'socket'
require 'timeout'
E = ENV.select { |name, _| name.start_with?('WAXSEAL_') }.transform_keys { |name| name[8..].downcase }
KEEP, ANY, LOOSE = %w[keep any loose].map { |word| ARGV.include?(word) }
$queue = Queue.new
$count = 0

def listen(io)
  Thread.new do
    while (line = io.gets)
      $queue << line.chomp
    end
    $queue << nil
  rescue IOError, SystemCallError, OpenSSL::SSL::SSLError
    $queue << nil
  end
end

def take
  line = Timeout.timeout(10) { $queue.pop }
  line.nil? ? exit(1) : line
end

def ask(io, text)
  tag = "b#{$count += 1}"
  io.write("#{tag} #{text}\r\n")
  loop do
    line = take
    yield line if block_given?
    return line if line.start_with?("#{tag} ") || (ANY && line =~ /^\S+ OK /)
  end
end

io = TCPSocket.new(E['host'], E['port'])
# All that comes in clear is queued by one thread; it ends with the segment of the go-ahead.
clear = Thread.new do
  text = +''
  loop do
    text << io.readpartial(4096)
    last = text.match?(/^b2 OK/)
    while (line = text.slice!(/\A.*\n/))
      $queue << line.chomp
    end
    break if last
  end
rescue IOError, SystemCallError
  $queue << nil
end
take
listed = false
ask(io, 'CAPABILITY') { |line| listed ||= line.include?('STARTTLS') }
go = listed && ask(io, 'STARTTLS') =~ / OK/
exit 1 unless go || LOOSE
if go
  clear.join
  $queue.clear unless KEEP
  context = OpenSSL::SSL::SSLContext.new
  context.set_params(ca_file: E['ca'])
  io = OpenSSL::SSL::SSLSocket.new(io, context)
  io.hostname = E['servername']
  io.connect
  io.post_connection_check(E['servername'])
  listen(io)
end
exit 1 unless ask(io, "LOGIN #{E['user']} \"#{E['password']}\"") =~ / OK/
ask(io, 'SELECT INBOX')
ask(io, 'LOGOUT')
