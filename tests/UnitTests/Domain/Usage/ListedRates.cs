namespace CleanGateway.UnitTests.Domain.Usage;

/// <summary>Rates as providers list them, under the names of LiteLLM's catalogue.</summary>
internal static class ListedRates
{
    public static IReadOnlyDictionary<string, string> Cards { get; } = new Dictionary<string, string>
    {
        ["gpt-5.4"] =
            """
            {
            "cache_read_input_token_cost":2.5e-7,"cache_read_input_token_cost_above_272k_tokens":5e-7,
            "cache_read_input_token_cost_flex":1.3e-7,"cache_read_input_token_cost_priority":5e-7,"input_cost_per_token":0.0000025,
            "input_cost_per_token_above_272k_tokens":0.000005,"input_cost_per_token_flex":0.00000125,
            "input_cost_per_token_batches":0.00000125,"input_cost_per_token_priority":0.000005,"output_cost_per_token":0.000015,
            "output_cost_per_token_above_272k_tokens":0.0000225,"output_cost_per_token_flex":0.0000075,
            "output_cost_per_token_batches":0.0000075,"output_cost_per_token_priority":0.00003,
            "regional_processing_uplift_multiplier_eu":1.1,"regional_processing_uplift_multiplier_us":1.1
            }
            """,
        ["gpt-4o"] =
            """
            {
            "cache_read_input_token_cost":0.00000125,"cache_read_input_token_cost_priority":0.000002125,
            "input_cost_per_token":0.0000025,"input_cost_per_token_batches":0.00000125,"input_cost_per_token_priority":0.00000425,
            "output_cost_per_token":0.00001,"output_cost_per_token_batches":0.000005,"output_cost_per_token_priority":0.000017
            }
            """,
        ["gpt-4o-mini"] =
            """
            {
            "cache_read_input_token_cost":7.5e-8,"cache_read_input_token_cost_priority":1.25e-7,"input_cost_per_token":1.5e-7,
            "input_cost_per_token_batches":7.5e-8,"input_cost_per_token_priority":2.5e-7,"output_cost_per_token":6e-7,
            "output_cost_per_token_batches":3e-7,"output_cost_per_token_priority":0.000001
            }
            """,
        ["gpt-4"] =
            """
            {
            "input_cost_per_token":0.00003,"output_cost_per_token":0.00006
            }
            """,
        ["o3"] =
            """
            {
            "cache_read_input_token_cost":5e-7,"cache_read_input_token_cost_flex":2.5e-7,
            "cache_read_input_token_cost_priority":8.75e-7,"input_cost_per_token":0.000002,"input_cost_per_token_flex":0.000001,
            "input_cost_per_token_priority":0.0000035,"output_cost_per_token":0.000008,"output_cost_per_token_flex":0.000004,
            "output_cost_per_token_priority":0.000014
            }
            """,
        ["gpt-4o-audio-preview"] =
            """
            {
            "input_cost_per_audio_token":0.00004,"input_cost_per_token":0.0000025,"output_cost_per_audio_token":0.00008,
            "output_cost_per_token":0.00001
            }
            """,
        ["gpt-image-2"] =
            """
            {
            "cache_read_input_token_cost":0.00000125,"input_cost_per_token":0.000005,"output_cost_per_token":0.00001,
            "input_cost_per_image_token":0.000008,"output_cost_per_image_token":0.00003
            }
            """,
        ["claude-opus-4-8"] =
            """
            {
            "cache_creation_input_token_cost":0.00000625,"cache_creation_input_token_cost_above_1hr":0.00001,
            "cache_read_input_token_cost":5e-7,"input_cost_per_token":0.000005,"output_cost_per_token":0.000025,
            "search_context_cost_per_query":{"search_context_size_high":0.01,"search_context_size_low":0.01,"search_context_size_medium":0.01},
            "provider_specific_entry":{"us":1.1,"fast":2.0}
            }
            """,
        ["anthropic.claude-sonnet-4-5-20250929-v1:0"] =
            """
            {
            "cache_creation_input_token_cost":0.00000375,"cache_creation_input_token_cost_above_1hr":0.000006,
            "cache_read_input_token_cost":3e-7,"input_cost_per_token":0.000003,"input_cost_per_token_above_200k_tokens":0.000006,
            "output_cost_per_token_above_200k_tokens":0.0000225,"cache_creation_input_token_cost_above_200k_tokens":0.0000075,
            "cache_creation_input_token_cost_above_1hr_above_200k_tokens":0.000012,
            "cache_read_input_token_cost_above_200k_tokens":6e-7,"output_cost_per_token":0.000015,
            "search_context_cost_per_query":{"search_context_size_high":0.01,"search_context_size_low":0.01,"search_context_size_medium":0.01}
            }
            """,
        ["gemini-2.5-pro"] =
            """
            {
            "cache_read_input_token_cost":1.25e-7,"cache_read_input_token_cost_above_200k_tokens":2.5e-7,
            "cache_creation_input_token_cost_above_200k_tokens":2.5e-7,"input_cost_per_token":0.00000125,
            "input_cost_per_token_above_200k_tokens":0.0000025,"output_cost_per_token":0.00001,
            "output_cost_per_token_above_200k_tokens":0.000015,
            "search_context_cost_per_query":{"search_context_size_low":0.035,"search_context_size_medium":0.035,"search_context_size_high":0.035}
            }
            """,
        ["gemini-3.6-flash"] =
            """
            {
            "cache_read_input_token_cost":1.5e-7,"cache_read_input_token_cost_flex":7.5e-8,"input_cost_per_token":0.0000015,
            "input_cost_per_token_batches":7.5e-7,"input_cost_per_token_flex":7.5e-7,"output_cost_per_reasoning_token":0.0000075,
            "output_cost_per_token":0.0000075,"output_cost_per_token_batches":0.00000375,"output_cost_per_token_flex":0.00000375,
            "input_cost_per_token_priority":0.0000027,"output_cost_per_token_priority":0.0000135,
            "cache_read_input_token_cost_priority":2.7e-7,
            "search_context_cost_per_query":{"search_context_size_low":0.014,"search_context_size_medium":0.014,"search_context_size_high":0.014}
            }
            """,
        ["dashscope/qwen3-max"] =
            """
            {
            "tiered_pricing":[{"input_cost_per_token":0.0000012,"output_cost_per_token":0.000006,"range":[0,32000.0]},
            {"input_cost_per_token":0.0000024,"output_cost_per_token":0.000012,"range":[32000.0,128000.0]},
            {"input_cost_per_token":0.000003,"output_cost_per_token":0.000015,"range":[128000.0,252000.0]}]
            }
            """,
        ["dashscope/qwen-plus-2025-07-28"] =
            """
            {
            "tiered_pricing":[{"input_cost_per_token":4e-7,"output_cost_per_reasoning_token":0.000004,
            "output_cost_per_token":0.0000012,"range":[0,256000.0]},
            {"input_cost_per_token":0.0000012,"output_cost_per_reasoning_token":0.000012,
            "output_cost_per_token":0.0000036,"range":[256000.0,1000000.0]}]
            }
            """,
        ["deepseek/deepseek-chat"] =
            """
            {
            "cache_creation_input_token_cost":0.0,"cache_read_input_token_cost":2.8e-8,"input_cost_per_token":2.8e-7,
            "input_cost_per_token_cache_hit":2.8e-8,"output_cost_per_token":4.2e-7
            }
            """,
        ["groq/llama-3.1-8b-instant"] =
            """
            {
            "input_cost_per_token":5e-8,"output_cost_per_token":8e-8
            }
            """,
        ["whisper-1"] =
            """
            {
            "input_cost_per_second":0.0001,"output_cost_per_second":0.0001
            }
            """,
        ["tts-1"] =
            """
            {
            "input_cost_per_character":0.000015
            }
            """,
        ["text-embedding-3-small"] =
            """
            {
            "input_cost_per_token":2e-8,"input_cost_per_token_batches":1e-8,"output_cost_per_token":0.0,
            "output_cost_per_token_batches":0.0
            }
            """,
    };
}
