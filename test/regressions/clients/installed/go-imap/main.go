package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/emersion/go-imap"
	"github.com/emersion/go-imap/client"
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
	config := &tls.Config{RootCAs: roots, ServerName: os.Getenv("WAXSEAL_SERVERNAME")}
	address := net.JoinHostPort(os.Getenv("WAXSEAL_HOST"), os.Getenv("WAXSEAL_PORT"))
	var c *client.Client
	if os.Args[1] == "implicit" {
		c, err = client.DialWithDialerTLS(&net.Dialer{Timeout: 5 * time.Second}, address, config)
	} else {
		c, err = client.DialWithDialer(&net.Dialer{Timeout: 5 * time.Second}, address)
	}
	must(err)
	c.Timeout = 5 * time.Second
	defer c.Logout()
	switch os.Args[1] {
	case "required":
		must(c.StartTLS(config))
	case "auto":
		ok, err := c.SupportStartTLS()
		must(err)
		if ok {
			must(c.StartTLS(config))
		}
	}
	must(c.Login(os.Getenv("WAXSEAL_USER"), os.Getenv("WAXSEAL_PASSWORD")))
	_, err = c.Select("INBOX", true)
	must(err)
	set := new(imap.SeqSet)
	set.AddNum(1)
	messages := make(chan *imap.Message, 1)
	must(c.Fetch(set, []imap.FetchItem{imap.FetchRFC822}, messages))
	fmt.Println((<-messages).SeqNum)
}
