package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/smtp"
	"os"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	pem, err := os.ReadFile(os.Getenv("WAXSEAL_CA"))
	must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	host := os.Getenv("WAXSEAL_HOST")
	config := &tls.Config{RootCAs: roots, ServerName: host}
	message, err := os.ReadFile(os.Getenv("WAXSEAL_MESSAGE"))
	must(err)
	from, to := os.Getenv("WAXSEAL_FROM"), os.Getenv("WAXSEAL_TO")
	// As Grafana does it: what waxseal calls its message is never sent.
	if own := len(os.Args) > 2 && os.Args[2] != "cram-md5"; own {
		from, to = "alerts@monitoring.test", "on-call@monitoring.test"
		message = []byte("From: " + from + "\r\nTo: " + to + "\r\nSubject: [FIRING:1] disk\r\n\r\nIt is full.\r\n")
	}
	auth := smtp.PlainAuth("", os.Getenv("WAXSEAL_USER"), os.Getenv("WAXSEAL_PASSWORD"), host)
	if len(os.Args) > 2 && os.Args[2] == "cram-md5" {
		auth = smtp.CRAMMD5Auth(os.Getenv("WAXSEAL_USER"), os.Getenv("WAXSEAL_PASSWORD"))
	}
	var conn net.Conn
	address := net.JoinHostPort(host, os.Getenv("WAXSEAL_PORT"))
	if os.Args[1] == "implicit" {
		conn, err = tls.Dial("tcp", address, config)
	} else {
		conn, err = net.Dial("tcp", address)
	}
	must(err)
	c, err := smtp.NewClient(conn, host)
	must(err)
	if ok, _ := c.Extension("STARTTLS"); os.Args[1] == "required" || os.Args[1] == "auto" && ok {
		must(c.StartTLS(config))
	}
	// Where it is set up to send without a login if need be, it logs in only inside TLS.
	if _, inside := c.TLSConnectionState(); inside || len(os.Args) < 3 || os.Args[2] != "own-relaxed" {
		must(c.Auth(auth))
	}
	must(c.Mail(from))
	must(c.Rcpt(to))
	w, err := c.Data()
	must(err)
	w.Write(message)
	must(w.Close())
	must(c.Quit())
}
