// SPDX-License-Identifier: MIT OR Apache-2.0
// The toy machine's write-only ring of cells, with its last write for the probe.
`default_nettype none

module toy_ram (
    input wire         clk_i,
    input wire         we_i,
    input wire [3:0]   wa_i,
    input wire [255:0] wd_i
);
  (* keep *) logic [255:0] mem [16] /*verilator public_flat_rw*/;
  logic         wv_q;
  logic [3:0]   wa_q;
  logic [255:0] wd_q;

  always_ff @(posedge clk_i) begin
    wv_q <= we_i;
    if (we_i) begin
      mem[wa_i] <= wd_i;
      wa_q <= wa_i;
      wd_q <= wd_i;
    end
  end
endmodule

`default_nettype wire
