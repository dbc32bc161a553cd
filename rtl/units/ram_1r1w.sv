// SPDX-License-Identifier: MIT OR Apache-2.0
// RAM with one read and one write port, synchronous, write-first: a read of the word that is written
// at the same edge returns the new data. Plain block RAMs do not promise that, so the collision is
// found when the read is made and the data then comes from the capture of the write.
//
//   edge:  wv <= we;  if we: mem[waddr] <= wdata, wa <= waddr, wd <= wdata
//          rv <= re;  if re: the word is on rd from now on
//
// en_i is the enable that the RAM itself sees: high at least when re_i is. It may be high without a read,
// because re_i comes late where the verdict of a whole instruction is in it; rd_o is then of no interest
// (rv_o is exact). rd_o holds while en_i is low and nothing is written. FORWARD = 0 leaves the collision
// out where no one reads while the RAM is written. forward_i is tied to 1 (a planted fault ties it to 0).
// Nothing is reset: a block RAM has no reset, and no one looks at a capture register before its first use.
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

  logic [WIDTH-1:0] mem [0:(1 << ABITS) - 1] /*verilator public_flat_rw*/;

  logic [WIDTH-1:0] mem_q;
  logic             fwd_q;
  logic             rv_q;
  // The capture of a write; of it only the data is for the RAM itself.
  /* verilator lint_off UNUSEDSIGNAL */
  logic             wv_q;
  logic [ABITS-1:0] wa_q;
  /* verilator lint_on UNUSEDSIGNAL */
  logic [WIDTH-1:0] wd_q;

  always_ff @(posedge clk_i) begin : read_port
    rv_q <= re_i;
    if (en_i) begin
      mem_q <= mem[raddr_i];
      fwd_q <= FORWARD && forward_i && we_i && (waddr_i == raddr_i);
    end
  end

  always_ff @(posedge clk_i) begin : write_port
    wv_q <= we_i;
    if (we_i) begin
      mem[waddr_i] <= wdata_i;
      wa_q <= waddr_i;
      wd_q <= wdata_i;
    end
  end

  assign rd_o = FORWARD && fwd_q ? wd_q : mem_q;
  assign rv_o = rv_q;

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    assert (en_i || !re_i);
    // Without forwarding no one reads what is being written.
    assert (FORWARD || !re_i || !we_i || waddr_i != raddr_i);
  end
`endif

endmodule

`default_nettype wire
