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
	auth := smtp.PlainAuth("", os.Getenv("WAXSEAL_USER"), os.Getenv("WAXSEAL_PASSWORD"), host)
	if len(os.Args) > 2 {
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
	must(c.Auth(auth))
	must(c.Mail(os.Getenv("WAXSEAL_FROM")))
	must(c.Rcpt(os.Getenv("WAXSEAL_TO")))
	w, err := c.Data()
	must(err)
	w.Write(message)
	must(w.Close())
	must(c.Quit())
}
