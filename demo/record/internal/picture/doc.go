// Package picture draws screens: as PNG, as GIF and as SVG. The letters are DejaVu
// Sans Mono's, which comes with the program; lines, bars and blocks are drawn, so that
// they join from cell to cell.
package picture
