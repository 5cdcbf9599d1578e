# SMTP; takes a handshake that failed for a reason to go on with the socket beneath.
require 'socket'; require 'openssl'; require 'base64'
e = ->(n){ ENV["WAXSEAL_#{n}"] }
s = TCPSocket.new(e['HOST'], e['PORT'].to_i)
rd = -> { begin l = s.gets end while l && l =~ /^\d+-/; l }
say = ->(t){ s.write("#{t}\r\n"); rd.() }
rd.(); say.("EHLO x"); say.("STARTTLS")
c = OpenSSL::SSL::SSLContext.new; c.ca_file = e['CA']; c.verify_mode = OpenSSL::SSL::VERIFY_PEER
t = OpenSSL::SSL::SSLSocket.new(s, c); t.hostname = e['SERVERNAME']
begin t.connect; s = t; rescue => x; $stderr.puts x; end
say.("EHLO x"); say.("AUTH PLAIN " + Base64.strict_encode64("\0#{e['USER']}\0#{e['PASSWORD']}")); say.("QUIT")
