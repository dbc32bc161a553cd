// SPDX-License-Identifier: MIT OR Apache-2.0
// Loader: a call, from the host's image to the outcome. It asks for a call, writes code, immediates, tuples and the
// static value as they come, starts the machine, and tells the host how it ended.
//
// Words are five beats: a code word and its hash, or a cell's payload and its tag, limbs of 64 bits, the lowest first.
// l_cell_q collects limbs; with the fifth beat the word is written, to l_n_q.
`default_nettype none

module loader (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [5:0]   fault_i,
  // Port.
  input  logic         h_free,
  input  logic         h_beat_q,
  input  logic [63:0]  h_data_q,
  output logic         l_req,
  output arbitrum_pkg::request_t l_request,
  // The end of the call.
  input  logic         finish,
  input  logic [2:0]   outcome,
  output logic         l_start,
  output logic         l_run,
  output logic         l_end,
  // Writes.
  output logic         l_code_we,    // chash RAM, too
  output arbitrum_pkg::code_t l_code_wd,
  output logic [255:0] l_chash_wd,
  output logic         l_pool_we,
  output logic         l_cells_we,
  output logic         l_count_we,   // a tuple begins there
  output logic         l_static_we,
  output arbitrum_pkg::cell_t l_wd,
  // Registers.
  output logic [15:0]  l_n_q,
  output logic         l_legacy_q,
  output logic [15:0]  l_codes_q,
  output logic [15:0]  l_pools_q,
  output logic [15:0]  l_heap_q,
  output logic [15:0]  l_entry_q
);

  localparam logic [3:0] ASK    = 4'd0;
  localparam logic [3:0] HEAD   = 4'd1;
  localparam logic [3:0] ENTRY  = 4'd2;
  localparam logic [3:0] CODE   = 4'd3;
  localparam logic [3:0] POOL   = 4'd4;
  localparam logic [3:0] HEAP   = 4'd5;
  localparam logic [3:0] STATIC = 4'd6;
  localparam logic [3:0] START  = 4'd7;
  localparam logic [3:0] RUN    = 4'd8;
  localparam logic [3:0] END    = 4'd9;

  logic [3:0]   l_state_q;
  logic [2:0]   l_b_q;
  logic [255:0] l_cell_q;
  arbitrum_pkg::code_t l_word_q;
  logic [2:0]   l_outcome_q;

  logic        words;    // a state that takes words
  logic        fifth;
  logic [15:0] n_d;
  logic        shifts;
  logic [3:0]  behind;   // what follows the pool
  logic [2:0]  told;

  assign words  = l_state_q == CODE || l_state_q == POOL || l_state_q == HEAP || l_state_q == STATIC;
  assign fifth  = words && h_beat_q && l_b_q == 3'd4;
  assign n_d    = l_n_q + 16'd1;
  assign shifts = words && h_beat_q && (l_state_q == CODE ? l_b_q != 3'd0 : l_b_q != 3'd4);
  assign behind = l_heap_q == 16'd1 ? STATIC : HEAP;
  assign told   = fault_i == arbitrum_pkg::FAULT_WRONG_OUTCOME && l_outcome_q == arbitrum_pkg::OUTCOME_HALTED
      ? arbitrum_pkg::OUTCOME_ERROR_STOP : l_outcome_q; // fault wrong_outcome

  assign l_req     = h_free && (l_state_q == ASK || l_state_q == END);
  assign l_request = l_state_q == ASK ? {arbitrum_pkg::REQUEST_CALL, 128'd0}
      : {arbitrum_pkg::REQUEST_END, 61'd0, told, 64'd0};

  assign l_start     = l_state_q == START;
  assign l_run       = l_state_q == RUN;
  assign l_end       = l_state_q == END;
  assign l_code_we   = fifth && l_state_q == CODE;
  assign l_code_wd   = l_word_q;
  assign l_chash_wd  = {h_data_q, l_cell_q[255:64]};
  assign l_pool_we   = fifth && l_state_q == POOL;
  assign l_cells_we  = fifth && l_state_q == HEAP;
  assign l_count_we  = l_cells_we && h_data_q[2];
  assign l_static_we = fifth && l_state_q == STATIC;
  assign l_wd        = {h_data_q[1:0], l_cell_q};

  always_ff @(posedge clk_i) begin : state
    if (!rst_ni) begin
      l_state_q   <= ASK;
      l_legacy_q  <= 1'b0;
      l_codes_q   <= 16'd0;
      l_pools_q   <= 16'd0;
      l_heap_q    <= 16'd0;
      l_entry_q   <= 16'd0;
      l_outcome_q <= 3'd0;
    end else begin
      case (l_state_q)
        ASK: if (l_req) l_state_q <= HEAD;
        HEAD: if (h_beat_q) begin
          l_codes_q  <= h_data_q[15:0];
          l_pools_q  <= h_data_q[31:16];
          l_heap_q   <= h_data_q[47:32];
          l_legacy_q <= h_data_q[48];
          l_state_q  <= ENTRY;
        end
        ENTRY: if (h_beat_q) begin
          l_entry_q <= h_data_q[15:0];
          l_state_q <= CODE;
        end
        CODE: if (fifth && n_d == l_codes_q) l_state_q <= l_pools_q == 16'd0 ? behind : POOL;
        POOL: if (fifth && n_d == l_pools_q) l_state_q <= behind;
        HEAP: if (fifth && n_d == l_heap_q) l_state_q <= STATIC;
        STATIC: if (fifth) l_state_q <= START;
        START: l_state_q <= RUN;
        RUN: if (finish) begin
          l_outcome_q <= outcome;
          l_state_q   <= END;
        end
        default: if (l_req) l_state_q <= ASK; // END
      endcase
    end
  end

  always_ff @(posedge clk_i) begin : collect
    if (!rst_ni) begin
      l_n_q    <= 16'd0;
      l_b_q    <= 3'd0;
      l_cell_q <= 256'd0;
      l_word_q <= 42'd0;
    end else begin
      if (l_state_q == ENTRY && h_beat_q) begin
        l_n_q <= 16'd0;
        l_b_q <= 3'd0;
      end
      if (words && h_beat_q) l_b_q <= fifth ? 3'd0 : l_b_q + 3'd1;
      if (fifth && l_state_q != STATIC) l_n_q <= n_d;
      if (l_code_we && n_d == l_codes_q) l_n_q <= l_pools_q == 16'd0 ? 16'd1 : 16'd0;
      if (l_pool_we && n_d == l_pools_q) l_n_q <= 16'd1;
      if (l_state_q == CODE && h_beat_q && l_b_q == 3'd0) l_word_q <= h_data_q[41:0];
      if (shifts) l_cell_q <= {h_data_q, l_cell_q[255:64]};
    end
  end

`ifndef SYNTHESIS
  always_ff @(posedge clk_i) begin : checks
    // Only a running machine ends.
    if (rst_ni) assert (!finish || l_run);
  end
`endif

endmodule

`default_nettype wire
