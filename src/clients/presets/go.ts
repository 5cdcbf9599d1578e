import type { ProtocolName } from '../../protocols/protocol.js';
import { definePreset, type PresetSetUp } from './preset.js';

export default definePreset({
  name: 'go',
  title: 'Go’s net/smtp and go-imap',
  program: 'go',
  needs: ['/usr/share/gocode/src/github.com/emersion/go-imap/client/client.go'],
  packages: 'golang-go golang-github-emersion-go-imap-dev',
  remark:
    '“opportunistic” starts TLS where it is listed; PlainAuth trusts the name localhost without TLS: use --place cell',
  configure: (setUp) => {
    const program = setUp.tls === 'implicit' && setUp.policy === 'opportunistic' ? undefined : PROGRAMS[setUp.protocol];
    return program === undefined
      ? undefined
      : {
          build: {
            files: { 'main.go': program(setUp.tls === 'implicit' ? 'implicit' : setUp.policy) },
            command: [
              'sh',
              '-c',
              'GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$PWD/cache" exec go build -o client main.go',
            ],
          },
          command: [
            '{built}/client',
            '{host}',
            '{port}',
            '{user}',
            '{password}',
            '{from}',
            '{to}',
            '{message}',
            '{ca}',
          ],
        };
  },
});

type How = 'implicit' | PresetSetUp['policy'];

const frame = (imports: readonly string[], main: string): string => `package main

import (
${imports.map((each) => `\t"${each}"\n`).join('')})

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	host, port, user, password := os.Args[1], os.Args[2], os.Args[3], os.Args[4]
	pem, err := os.ReadFile(os.Args[8])
	must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	config := &tls.Config{RootCAs: roots, ServerName: host}
	address := net.JoinHostPort(host, port)
${main}}
`;

const PROGRAMS: Partial<Readonly<Record<ProtocolName, (how: How) => string>>> = {
  smtp: (how) =>
    frame(
      ['crypto/tls', 'crypto/x509', 'fmt', 'net', 'net/smtp', 'os', 'time'],
      `	message, err := os.ReadFile(os.Args[7])
	must(err)
	var conn net.Conn
	conn, err = ${how === 'implicit' ? 'tls.Dial("tcp", address, config)' : 'net.Dial("tcp", address)'}
	must(err)
	must(conn.SetDeadline(time.Now().Add(8 * time.Second)))
	c, err := smtp.NewClient(conn, host)
	must(err)
${
  how === 'implicit'
    ? ''
    : how === 'required'
      ? '\tmust(c.StartTLS(config))\n'
      : '\tif ok, _ := c.Extension("STARTTLS"); ok {\n\t\tmust(c.StartTLS(config))\n\t}\n'
}	must(c.Auth(smtp.PlainAuth("", user, password, host)))
	must(c.Mail(os.Args[5]))
	must(c.Rcpt(os.Args[6]))
	w, err := c.Data()
	must(err)
	w.Write(message)
	must(w.Close())
	must(c.Quit())
`,
    ),
  imap: (how) =>
    frame(
      [
        ...['crypto/tls', 'crypto/x509', 'fmt', 'net', 'os', 'time'],
        ...['github.com/emersion/go-imap', 'github.com/emersion/go-imap/client'],
      ],
      `	dialer := &net.Dialer{Timeout: 8 * time.Second}
	c, err := client.${how === 'implicit' ? 'DialWithDialerTLS(dialer, address, config)' : 'DialWithDialer(dialer, address)'}
	must(err)
	c.Timeout = 8 * time.Second
	defer c.Logout()
${
  how === 'implicit'
    ? ''
    : how === 'required'
      ? '\tmust(c.StartTLS(config))\n'
      : '\tok, err := c.SupportStartTLS()\n\tmust(err)\n\tif ok {\n\t\tmust(c.StartTLS(config))\n\t}\n'
}	must(c.Login(user, password))
	_, err = c.Select("INBOX", true)
	must(err)
	set := new(imap.SeqSet)
	set.AddNum(1)
	messages := make(chan *imap.Message, 1)
	must(c.Fetch(set, []imap.FetchItem{imap.FetchRFC822}, messages))
	fmt.Println((<-messages).SeqNum)
`,
    ),
};
