package picture

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
)

// piece is a text of an SVG.
type piece struct {
	x, y, length float64
	text, fill   string
}

// readSVG reads a whole document, and fails where it is no XML.
func readSVG(t *testing.T, data []byte) (pieces []piece) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(data))
	in := false
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return pieces
		}
		if err != nil {
			t.Fatalf("no XML: %v\n%s", err, data)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if in = tok.Name.Local == "text"; in {
				p := piece{}
				for _, a := range tok.Attr {
					n, _ := strconv.ParseFloat(a.Value, 64)
					switch a.Name.Local {
					case "x":
						p.x = n
					case "y":
						p.y = n
					case "textLength":
						p.length = n
					case "fill":
						p.fill = a.Value
					}
				}
				pieces = append(pieces, p)
			}
		case xml.CharData:
			if in {
				pieces[len(pieces)-1].text += string(tok)
			}
		case xml.EndElement:
			in = false
		}
	}
}

func TestSVGHasTheTextAtItsPlaces(t *testing.T) {
	s := scene()
	var b bytes.Buffer
	if err := SVG(&b, s); err != nil {
		t.Fatal(err)
	}
	pieces := readSVG(t, b.Bytes())
	texts := map[string]piece{}
	for _, p := range pieces {
		texts[p.text] = p
		col := (p.x - svgPad) / svgWidth
		line := int((p.y - svgPad) / svgHeight)
		if col != float64(int(col)) {
			t.Errorf("%q begins at %v, between two cells", p.text, col)
		}
		if cells := p.length / svgWidth; cells < 1 || cells > float64(len([]rune(p.text))) {
			t.Errorf("%q is %v cells wide", p.text, cells)
		}
		if !strings.Contains(s.Line(line), p.text) {
			t.Errorf("%q is not in row %d, %q", p.text, line, s.Line(line))
		}
	}
	for _, want := range []string{"root v5", "<a&b>", "failed", "✓", "charts/x.tgz", "e\u0301"} {
		if _, ok := texts[want]; !ok {
			t.Errorf("%q is no piece: %v", want, pieces)
		}
	}
	if got := texts["failed"].fill; got != redInk.Fg.String() {
		t.Errorf("failed is %s", got)
	}
	for _, no := range []string{"─", "█", "▕"} {
		if strings.Contains(b.String(), no) {
			t.Errorf("%s is a letter, and not drawn", no)
		}
	}
}
