require 'net/smtp'
e = ENV.select { |k, _| k.start_with?('WAXSEAL_') }.to_h { |k, v| [k[8..].downcase, v] }
context = OpenSSL::SSL::SSLContext.new
context.ca_file = e['ca']; context.verify_mode = OpenSSL::SSL::VERIFY_PEER
s = Net::SMTP.new(e['host'], e['port'].to_i)
s.open_timeout = s.read_timeout = 5
case ARGV[0]
when 'required' then s.enable_starttls(context)
when 'auto' then s.enable_starttls_auto(context)
when 'never' then s.disable_starttls
when 'implicit' then s.enable_tls(context)
end
s.start('lab.test', e['user'], e['password'], (ARGV[1] || 'plain').to_sym) { |o| o.send_message(File.binread(e['message']), e['from'], e['to']) }
