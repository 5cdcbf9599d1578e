require 'net/pop'
e = ENV.select { |k, _| k.start_with?('WAXSEAL_') }.to_h { |k, v| [k[8..].downcase, v] }
pop = (ARGV[1] == 'apop' ? Net::APOP : Net::POP3).new(e['host'], e['port'].to_i)
pop.enable_ssl(OpenSSL::SSL::VERIFY_PEER, e['ca']) if ARGV[0] == 'implicit'
pop.open_timeout = pop.read_timeout = 5
pop.start(e['user'], e['password']) { |p| p.mails.first.pop }
