// SPDX-License-Identifier: MIT OR Apache-2.0
// Memories of which a proof keeps one word, whichever it is; all others hold anything, and something else each time.
//
// A core with these does all that the core with whole memories does, and more: what is proved of it holds of that core.
// `at` is chosen by the proof once (properties.sv); where none chooses, the word that is kept may as well be wrong.
`default_nettype none

module ram_1r1w #(
  parameter int unsigned WIDTH = 64,
  parameter int unsigned ABITS = 12,
  parameter bit          FORWARD = 1'b1
) (
  input  logic             clk_i,
  input  logic             forward_i,
  input  logic             en_i,
  input  logic             re_i,
  input  logic [ABITS-1:0] raddr_i,
  output logic             rv_o,
  output logic [WIDTH-1:0] rd_o,
  input  logic             we_i,
  input  logic [ABITS-1:0] waddr_i,
  input  logic [WIDTH-1:0] wdata_i
);

  (* keep *) wire [ABITS-1:0] at;
  (* anyseq *) logic [WIDTH-1:0] other;

  logic [WIDTH-1:0] word_q;
  logic [WIDTH-1:0] mem_q;
  logic [WIDTH-1:0] wd_q;
  logic             fwd_q;
  logic             rv_q;

  always_ff @(posedge clk_i) begin : ports
    rv_q <= re_i;
    if (en_i) begin
      mem_q <= raddr_i == at ? word_q : other;
      fwd_q <= FORWARD && forward_i && we_i && (waddr_i == raddr_i);
    end
    if (we_i) wd_q <= wdata_i;
    if (we_i && waddr_i == at) word_q <= wdata_i;
  end

  assign rd_o = FORWARD && fwd_q ? wd_q : mem_q;
  assign rv_o = rv_q;

endmodule

module lutram_2r #(
  parameter int unsigned WIDTH = 64,
  parameter int unsigned ABITS = 5
) (
  input  logic             clk_i,
  input  logic             we_i,
  input  logic [ABITS-1:0] waddr_i,
  input  logic [WIDTH-1:0] wdata_i,
  input  logic [ABITS-1:0] ra0_i,
  output logic [WIDTH-1:0] rd0_o,
  input  logic [ABITS-1:0] ra1_i,
  output logic [WIDTH-1:0] rd1_o
);

  (* keep *) wire [ABITS-1:0] at;
  (* anyseq *) logic [WIDTH-1:0] other0;
  (* anyseq *) logic [WIDTH-1:0] other1;

  logic [WIDTH-1:0] word_q;

  always_ff @(posedge clk_i) if (we_i && waddr_i == at) word_q <= wdata_i;

  assign rd0_o = ra0_i == at ? word_q : other0;
  assign rd1_o = ra1_i == at ? word_q : other1;

endmodule

`default_nettype wire
