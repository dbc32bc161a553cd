// SPDX-License-Identifier: MIT OR Apache-2.0
// Table of flip-flops with one write port; every word can be read in the same cycle, and all are compared with a key.
//
//   edge:  wv <= we;  if we: mem[waddr] <= wdata, wa <= waddr, wd <= wdata
//
// words_o holds word i at [i x WIDTH +: WIDTH]. match_o[i], while look_i: the low KEY bits of word i equal key_i. A
// word that was never written compares too: the owner keeps valid bits. Comparators side by side, no priority: the
// owner says why at most one of its valid words matches. look_i low keeps the comparators still.
// match_low_i is tied to 0 (a planted fault ties it to 1: only the low LOW bits are compared).
// SHOW = 0 leaves words_o out: what no one reads would still be put together in every simulated clock.
// Nothing is reset, as in ram_1r1w.
`default_nettype none

module table_1w #(
  parameter int unsigned WIDTH = 64,
  parameter int unsigned ABITS = 2,
  parameter int unsigned KEY = 1,
  parameter int unsigned LOW = 1,
  parameter bit          SHOW = 1'b1
) (
  input  logic                        clk_i,
  input  logic                        we_i,
  input  logic [ABITS-1:0]            waddr_i,
  input  logic [WIDTH-1:0]            wdata_i,
  input  logic                        look_i,
  input  logic                        match_low_i,
  input  logic [KEY-1:0]              key_i,
  output logic [(1 << ABITS)-1:0]     match_o,
  output logic [WIDTH*(1<<ABITS)-1:0] words_o
);

  // Registers, not a RAM: 2^ABITS words are read at once. Public to read, where ram_1r1w says rw: from outside it is
  // written before the first clock only, and rw would make it an input of the simulated design, so that everything
  // that depends on a word without a register between is evaluated twice in each cycle.
  (* ram_style = "registers" *)
  logic [WIDTH-1:0] mem [0:(1 << ABITS) - 1] /*verilator public_flat_rd*/;

  // The capture of a write: what a word was set to, for whoever watches from outside.
  /* verilator lint_off UNUSEDSIGNAL */
  logic             wv_q;
  logic [ABITS-1:0] wa_q;
  logic [WIDTH-1:0] wd_q;
  /* verilator lint_on UNUSEDSIGNAL */

  always_ff @(posedge clk_i) begin : write_port
    wv_q <= we_i;
    if (we_i) begin
      mem[waddr_i] <= wdata_i;
      wa_q <= waddr_i;
      wd_q <= wdata_i;
    end
  end

  for (genvar i = 0; i < (1 << ABITS); i++) begin : g_word
    logic [WIDTH-1:0] word;
    assign word = mem[i];
    assign words_o[i*WIDTH +: WIDTH] = SHOW ? word : '0;

    always_comb begin : compare
      match_o[i] = 1'b0;
      if (look_i) match_o[i] = word[LOW-1:0] == key_i[LOW-1:0] && (match_low_i || word[KEY-1:0] == key_i);
    end
  end

endmodule

`default_nettype wire
