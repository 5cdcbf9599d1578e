module waxseal/tests

go 1.19

require (
	github.com/emersion/go-imap v1.2.0
	waxseal v0.0.0
)

replace waxseal => ../
