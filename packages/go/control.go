package waxseal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// control is a process of waxseal that takes commands, one line of JSON each (docs/control.md). It ends with the process of the tests:
// then its standard input is closed.
type control struct {
	mutex   sync.Mutex
	input   io.Writer
	number  int
	waiting map[int]chan answer
	ended   error
}

type answer struct {
	ID     int             `json:"id"`
	OK     bool            `json:"ok"`
	Answer json.RawMessage `json:"answer"`
	Error  struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

var (
	started   sync.Once
	theOne    *control
	notOpened error
)

// opened is the process that all tests of a package share.
func opened() (*control, error) {
	started.Do(func() { theOne, notOpened = open() })
	return theOne, notOpened
}

func open() (*control, error) {
	command := os.Getenv("WAXSEAL")
	if command == "" {
		command = "waxseal"
	}
	words := words(command)
	process := exec.Command(words[0], append(words[1:], "serve", "--control", "stdio")...)
	input, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var said bytes.Buffer
	process.Stderr = &said
	if err := process.Start(); err != nil {
		return nil, fmt.Errorf("cannot start waxseal (%w): put it on the PATH, or name its command in the environment variable WAXSEAL", err)
	}
	c := &control{input: input, waiting: map[int]chan answer{}}
	go c.read(output, func() string {
		err := process.Wait()
		if text := strings.TrimSpace(said.String()); text != "" {
			return text
		}
		return fmt.Sprint(err)
	})
	return c, c.call("hello", fields{"version": 1}, nil)
}

type fields map[string]interface{}

// call carries out one command; answer is what it answers, decoded.
func (c *control) call(command string, given fields, decoded interface{}) error {
	line := fields{"command": command}
	for name, value := range given {
		line[name] = value
	}
	c.mutex.Lock()
	if c.ended != nil {
		c.mutex.Unlock()
		return c.ended
	}
	c.number++
	line["id"] = c.number
	came := make(chan answer, 1)
	c.waiting[c.number] = came
	text, err := json.Marshal(line)
	if err == nil {
		// Where the process has ended, its reader says so.
		_, _ = c.input.Write(append(text, '\n'))
	}
	c.mutex.Unlock()
	if err != nil {
		return err
	}
	said, ok := <-came
	if !ok {
		return c.ended
	}
	if !said.OK {
		return errors.New(said.Error.Message)
	}
	if decoded == nil {
		return nil
	}
	return json.Unmarshal(said.Answer, decoded)
}

func (c *control) read(output io.Reader, lastWords func() string) {
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadBytes('\n')
		var said answer
		if err != nil || json.Unmarshal(line, &said) != nil {
			break
		}
		c.mutex.Lock()
		came := c.waiting[said.ID]
		delete(c.waiting, said.ID)
		c.mutex.Unlock()
		if came != nil {
			came <- said
		}
	}
	why := fmt.Errorf("waxseal has ended: %s", lastWords())
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.ended = why
	for _, came := range c.waiting {
		close(came)
	}
	c.waiting = nil
}

// words of a command line, some of them in quotation marks.
func words(line string) []string {
	var found []string
	var word strings.Builder
	var quote rune
	has := false
	for _, each := range line {
		switch {
		case each == quote:
			quote = 0
		case quote == 0 && (each == '\'' || each == '"'):
			quote, has = each, true
		case quote == 0 && (each == ' ' || each == '\t'):
			if has {
				found = append(found, word.String())
				word.Reset()
				has = false
			}
		default:
			word.WriteRune(each)
			has = true
		}
	}
	if has {
		found = append(found, word.String())
	}
	if len(found) == 0 {
		return []string{"waxseal"}
	}
	return found
}
