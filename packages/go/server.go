package waxseal

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"strconv"
)

// Protocol is what the client under test speaks.
type Protocol string

// Protocols that waxseal's servers speak.
const (
	SMTP        Protocol = "smtp"
	IMAP        Protocol = "imap"
	POP3        Protocol = "pop3"
	ManageSieve Protocol = "managesieve"
	LMTP        Protocol = "lmtp"
)

// Mode is how the client is configured: TLS from the first byte, or STARTTLS.
type Mode string

// Modes of TLS.
const (
	StartTLS Mode = "starttls"
	Implicit Mode = "implicit"
)

// Server is a mail server of one step: where the client connects to, and with which account.
type Server struct {
	Host string `json:"host"`
	Port int    `json:"port"`
	IP   string `json:"ip"`
	// URL is scheme, host and port, such as imap://localhost:40123.
	URL      string   `json:"url"`
	Protocol Protocol `json:"protocol"`
	TLS      Mode     `json:"tls"`
	// Step is control, comparison/1 or the id of a case, such as starttls-refused/454.
	Step     string `json:"-"`
	User     string `json:"user"`
	Password string `json:"password"`
	// Token is an OAuth 2.0 bearer token.
	Token string `json:"token"`
	From  string `json:"from"`
	To    string `json:"to"`
	// Message is ready to be sent, RFC 5322 with CRLF.
	Message string `json:"message"`
	// CA is the CA's certificate, a PEM file.
	CA string `json:"ca"`
}

// Address is host and port, as net.Dial takes them.
func (s Server) Address() string {
	return net.JoinHostPort(s.Host, strconv.Itoa(s.Port))
}

// TLSConfig trusts the server's CA and nothing else, and verifies certificate and host name. It panics where the CA's file is gone.
func (s Server) TLSConfig() *tls.Config {
	pem, err := os.ReadFile(s.CA)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: roots, ServerName: s.Host}
}
