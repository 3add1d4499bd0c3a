package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/chzyer/readline"
)

const historyLimit = 1000

// editor is a terminal with line editing.
type editor struct {
	client *client
	reader *readline.Instance
	prompt string
}

func newEditor(c *client, history string) (*editor, error) {
	if history != "" {
		// Created here, because it must be readable by its owner only.
		file, err := os.OpenFile(history, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			history = "" // a read-only home directory is no reason to refuse work
		} else {
			file.Close()
		}
	}
	e := &editor{client: c}
	line, err := readline.NewEx(&readline.Config{
		HistoryFile: history, HistoryLimit: historyLimit, DisableAutoSaveHistory: true, HistorySearchFold: true,
		AutoComplete: e, Painter: e, InterruptPrompt: "\n", EOFPrompt: "\n", Stdout: c.out, Stderr: c.err,
	})
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	e.reader = line
	return e, nil
}

// line implements lineSource. An interrupt drops the line; on an empty line it ends the session.
func (e *editor) line(prompt string) (string, error) {
	e.prompt = prompt
	e.reader.SetPrompt(prompt)
	for {
		line, err := e.reader.Readline()
		if !errors.Is(err, readline.ErrInterrupt) {
			return line, err
		}
		if line == "" {
			return "", io.EOF
		}
	}
}

func (e *editor) remember(line string) {
	_ = e.reader.SaveHistory(line) // a full disk must not disturb the session
}

func (e *editor) close() { _ = e.reader.Close() }

// Do implements readline.AutoCompleter.
func (e *editor) Do(line []rune, pos int) (endings [][]rune, length int) {
	for _, ending := range e.client.docs.complete(string(line[:pos])) {
		endings = append(endings, []rune(ending))
	}
	word := string(line[:pos])
	word = word[strings.LastIndexByte(word, ' ')+1:]
	return endings, utf8.RuneCountInString(word)
}

// Paint implements readline.Painter: it shows the hint behind the line and puts the cursor back, as far as
// the hint fits in the row.
func (e *editor) Paint(line []rune, _ int) []rune {
	text := string(line)
	if e.client.noHints || strings.HasSuffix(text, "\n") {
		return line
	}
	room := readline.GetScreenWidth() - utf8.RuneCountInString(e.prompt) - len(line) - 1
	hint := []rune(e.client.docs.hint(text))
	if len(hint) == 0 || room <= 0 {
		return line
	}
	hint = hint[:min(len(hint), room)]
	return []rune(text + "\x1b7\x1b[90m" + string(hint) + "\x1b[0m\x1b8")
}
