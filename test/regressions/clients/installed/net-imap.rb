require 'net/imap'
e = ENV.select { |k, _| k.start_with?('WAXSEAL_') }.to_h { |k, v| [k[8..].downcase, v] }
trust = { ca_file: e['ca'], verify_mode: OpenSSL::SSL::VERIFY_PEER }
i = Net::IMAP.new(e['host'], port: e['port'].to_i, open_timeout: 5, **(ARGV[0] == 'implicit' ? { ssl: trust } : {}))
i.starttls(trust) if ARGV[0] == 'required' || (ARGV[0] == 'auto' && i.capability.include?('STARTTLS'))
ARGV[1] == 'login' ? i.login(e['user'], e['password']) : i.authenticate(ARGV[1], e['user'], e['password'])
i.select('INBOX'); i.fetch(1, 'RFC822'); i.logout
