// SPDX-License-Identifier: MIT OR Apache-2.0
// Small memory with two asynchronous read ports and one write port (distributed RAM, which a synthesis tool
// writes twice to have two read ports).
//
//   edge:  wv <= we;  if we: mem[waddr] <= wdata, wa <= waddr, wd <= wdata
//
// rd0_o and rd1_o are the words at ra0_i and ra1_i in the same cycle: what they held before a write at its end.
// Nothing is reset, as in ram_1r1w.
`default_nettype none

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

  // Public to read only, as in table_1w: written from outside before the first clock at most.
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

  assign rd0_o = mem[ra0_i];
  assign rd1_o = mem[ra1_i];

endmodule

`default_nettype wire
