// SPDX-License-Identifier: MIT OR Apache-2.0
// The Algorand core for proofs: reset in the first cycle, a host that may answer anything at any time, a planted fault.
`default_nettype none

module proof_top #(
  parameter logic [5:0] FAULT = 6'd0
) (
  input logic        clk_i,
  input logic        req_ready_i,
  input logic        rsp_valid_i,
  input logic [5:0]  rsp_tag_i,
  input logic        rsp_last_i,
  input logic [63:0] rsp_data_i
);

  logic run_q = 1'b0;

  always_ff @(posedge clk_i) run_q <= 1'b1;

  algorand_core u_core (
    .clk_i            (clk_i),
    .rst_ni           (run_q),
    .fault_i          (FAULT),
    .host_req_valid_o (),
    .host_req_ready_i (req_ready_i),
    .host_req_kind_o  (),
    .host_req_tag_o   (),
    .host_req_a_o     (),
    .host_req_b_o     (),
    .host_rsp_valid_i (rsp_valid_i),
    .host_rsp_ready_o (),
    .host_rsp_tag_i   (rsp_tag_i),
    .host_rsp_last_i  (rsp_last_i),
    .host_rsp_data_i  (rsp_data_i)
  );

endmodule

`default_nettype wire
