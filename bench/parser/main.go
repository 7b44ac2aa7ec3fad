// Reads one Dockerfile a line (base64) and answers with one line of JSON: what BuildKit's own parser makes of it.
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

type answer struct {
	Refused string   `json:"refused,omitempty"`
	Escape  string   `json:"escape,omitempty"`
	Nodes   []node   `json:"nodes,omitempty"`
	Stages  []string `json:"stages,omitempty"`
}

// Byte strings are base64: a Dockerfile need not be UTF-8.
type node struct {
	Value    string    `json:"value"`
	Word     []byte    `json:"word"`
	Flags    [][]byte  `json:"flags"`
	Args     [][]byte  `json:"args"`
	JSON     bool      `json:"json"`
	Start    int       `json:"start"`
	End      int       `json:"end"`
	Heredocs []heredoc `json:"heredocs"`
	Inner    *node     `json:"inner,omitempty"`
}

type heredoc struct {
	Name     []byte `json:"name"`
	Content  []byte `json:"content"`
	Expanded bool   `json:"isExpanded"`
	Chomped  bool   `json:"isChomped"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 4<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		source, err := base64.StdEncoding.DecodeString(lines.Text())
		if err != nil {
			fmt.Fprintln(os.Stderr, "not base64:", err)
			os.Exit(2)
		}
		line, err := json.Marshal(ask(source))
		if err != nil {
			fmt.Fprintln(os.Stderr, "no answer:", err)
			os.Exit(2)
		}
		out.Write(append(line, '\n'))
	}
}

func ask(source []byte) (given answer) {
	defer func() {
		if reason := recover(); reason != nil {
			given = answer{Refused: fmt.Sprintf("panic: %v", reason)}
		}
	}()
	parsed, err := parser.Parse(bytes.NewReader(source))
	if err != nil {
		return answer{Refused: err.Error()}
	}
	stages, _, err := instructions.Parse(parsed.AST, linter.New(&linter.Config{}))
	if err != nil {
		return answer{Refused: err.Error()}
	}
	if len(stages) == 0 {
		return answer{Refused: "dockerfile contains no stages to build"}
	}
	given = answer{Escape: string(parsed.EscapeToken)}
	for _, child := range parsed.AST.Children {
		given.Nodes = append(given.Nodes, nodeOf(child))
	}
	for _, stage := range stages {
		given.Stages = append(given.Stages, stage.Name)
	}
	return given
}

func nodeOf(from *parser.Node) node {
	to := node{Value: strings.ToLower(from.Value), Word: []byte(from.Value), Flags: each(from.Flags), Args: [][]byte{}, JSON: from.Attributes["json"],
		Start: from.StartLine, End: from.EndLine, Heredocs: []heredoc{}}
	for next := from.Next; next != nil; next = next.Next {
		// What ONBUILD holds hangs below its only argument, which has no text of its own.
		for _, child := range next.Children {
			inner := nodeOf(child)
			to.Inner = &inner
		}
		if len(next.Children) == 0 {
			to.Args = append(to.Args, []byte(next.Value))
		}
	}
	for _, doc := range from.Heredocs {
		to.Heredocs = append(to.Heredocs, heredoc{[]byte(doc.Name), []byte(doc.Content), doc.Expand, doc.Chomp})
	}
	return to
}

func each(texts []string) [][]byte {
	all := [][]byte{}
	for _, text := range texts {
		all = append(all, []byte(text))
	}
	return all
}
