using System.Collections.Frozen;

namespace CleanGateway.Application.LiteLlm;

/// <summary>Why something of LiteLLM's file is not carried over, and what there is instead.</summary>
internal static class LiteLlmReasons
{
    public const string Unknown = "There is nothing like it here";

    private const string Routing = "A name leads to one deployment here: there is no choosing between several, no trying again elsewhere";
    private const string CallDefaults = "Calls are passed on as they come: the caller says it";
    private const string PerKey = "Limits belong to API keys and projects: `cleangateway keys issue --rate-limit --tokens-per-minute`";
    private const string Timeouts = "There is one deadline for all providers: PROVIDER_REQUEST_TIMEOUT";
    private const string LogKeeping = "Calls are logged in the database, and can be archived: LOG_CONTENT, LOG_ARCHIVE";
    private const string OwnDatabase = "The gateway keeps a database of its own: DATABASE_URL";
    private const string OwnKeys = "Keys that LiteLLM issued are not taken over: issue new ones with `cleangateway keys issue`";
    private const string Cache = "Answers are not cached";

    private static readonly FrozenDictionary<string, string> Params = new Dictionary<string, string>
    {
        ["temperature"] = CallDefaults,
        ["top_p"] = CallDefaults,
        ["max_tokens"] = CallDefaults,
        ["max_completion_tokens"] = CallDefaults,
        ["frequency_penalty"] = CallDefaults,
        ["presence_penalty"] = CallDefaults,
        ["stop"] = CallDefaults,
        ["seed"] = CallDefaults,
        ["reasoning_effort"] = CallDefaults,
        ["thinking"] = CallDefaults,
        ["extra_body"] = CallDefaults,
        ["extra_headers"] = "Headers for providers are the gateway's own",
        ["headers"] = "Headers for providers are the gateway's own",
        ["rpm"] = PerKey,
        ["tpm"] = PerKey,
        ["max_parallel_requests"] = PerKey,
        ["max_budget"] = "Budgets belong to API keys and projects: `cleangateway projects create --daily-budget`",
        ["budget_duration"] = "Budgets belong to API keys and projects: `cleangateway projects create --daily-budget`",
        ["timeout"] = Timeouts,
        ["stream_timeout"] = "There is one patience for all streams: PROVIDER_IDLE_TIMEOUT",
        ["weight"] = Routing,
        ["order"] = Routing,
        ["num_retries"] = Routing,
        ["max_retries"] = Routing,
        ["cooldown_time"] = Routing,
        ["tags"] = Routing,
        ["mock_response"] = "Canned answers are not given; the model `echo` answers without a provider",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Settings = new Dictionary<string, string>
    {
        ["general_settings.master_key"] = "Admin tokens are the gateway's own: the first one is in DATA_DIR/admin.token",
        ["general_settings.database_url"] = OwnDatabase,
        ["general_settings.store_model_in_db"] = OwnDatabase,
        ["general_settings.alerting"] = "Alerts are made of the metrics: /metrics",
        ["general_settings.max_parallel_requests"] = PerKey,
        ["general_settings.global_max_parallel_requests"] = PerKey,
        ["general_settings.custom_auth"] = OwnKeys,
        ["general_settings.key_management_system"] = OwnKeys,
        ["litellm_settings.callbacks"] = LogKeeping,
        ["litellm_settings.success_callback"] = LogKeeping,
        ["litellm_settings.failure_callback"] = LogKeeping,
        ["litellm_settings.service_callbacks"] = LogKeeping,
        ["litellm_settings.turn_off_message_logging"] = LogKeeping,
        ["litellm_settings.redact_user_api_key_info"] = LogKeeping,
        ["litellm_settings.fallbacks"] = Routing,
        ["litellm_settings.context_window_fallbacks"] = Routing,
        ["litellm_settings.content_policy_fallbacks"] = Routing,
        ["litellm_settings.default_fallbacks"] = Routing,
        ["litellm_settings.num_retries"] = Routing,
        ["litellm_settings.allowed_fails"] = Routing,
        ["litellm_settings.request_timeout"] = Timeouts,
        ["litellm_settings.cache"] = Cache,
        ["litellm_settings.cache_params"] = Cache,
        ["litellm_settings.set_verbose"] = "How much is logged is said by LOG_LEVEL",
        ["litellm_settings.json_logs"] = "How much is logged is said by LOG_LEVEL",
        ["litellm_settings.max_budget"] = "Budgets belong to API keys and projects: `cleangateway projects create --daily-budget`",
        ["litellm_settings.budget_duration"] = "Budgets belong to API keys and projects: `cleangateway projects create --daily-budget`",
        ["router_settings.redis_host"] = "The gateway's Redis is its own: REDIS_ADDRESS",
        ["router_settings.redis_port"] = "The gateway's Redis is its own: REDIS_ADDRESS",
        ["router_settings.redis_password"] = "The gateway's Redis is its own: REDIS_ADDRESS and REDIS_PASSWORD",
        ["router_settings.redis_url"] = "The gateway's Redis is its own: REDIS_ADDRESS",
        ["include"] = "Files that it includes are not read: import each of them",
        ["guardrails"] = Unknown,
        ["mcp_servers"] = Unknown,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public const string AnotherDeployment =
        "It is another deployment of the same name: a name leads to one deployment here, and it leads to the first that can be carried over";

    public static string OfParam(string name) => Params.GetValueOrDefault(name, Unknown);

    public static string OfInfo(string name) => name switch
    {
        "max_tokens" => "It means prompts for some models and answers for others: write max_input_tokens and max_output_tokens",
        "access_groups" => "Which models a key may use is said by the key: `cleangateway keys issue --model`",
        _ => Unknown,
    };

    /// <param name="path">Of a member of the file's first or second level.</param>
    public static string OfSetting(string path) => Settings.TryGetValue(path, out var reason) ? reason
        : path.StartsWith("router_settings.", StringComparison.Ordinal) ? Routing
        : path.StartsWith("environment_variables.", StringComparison.Ordinal) ? "It is not set by the import: set it in the gateway's environment where something refers to it"
        : Unknown;
}
