namespace CleanGateway.IntegrationTests.Providers;

/// <summary>Every kind of provider, a row each; some in more than one way to be reached or to be called.</summary>
internal static class ProviderCases
{
    private const string ChatAnswer =
        """
        {"id":"c1","object":"chat.completion","created":1763683200,"model":"some-model",
         "choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hello there"}}]}
        """;

    private const string ClaudeAnswer =
        """
        {"id":"msg_1","type":"message","role":"assistant","model":"some-model","content":[{"type":"text","text":"Hello there"}],
         "stop_reason":"end_turn","stop_sequence":null}
        """;

    private const string GeminiAnswer =
        """{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello there"}]},"finishReason":"STOP"}],"modelVersion":"some-model"}""";

    private const string ConverseAnswer =
        """{"output":{"message":{"role":"assistant","content":[{"text":"Hello there"}]}},"stopReason":"end_turn","metrics":{"latencyMs":1}}""";

    private const string Temporary = "a-temporary-token";

    private static readonly Ability[] OpenAiCannot = [Ability.CountsWrittenCaches, Ability.TellsThoughts, Ability.WantsThoughtsBack];

    private static readonly ProviderCase[] Cases =
    [
        new("openai", "openai", "gpt-4o-2024-11-20")
        {
            Start = () => new FakeOpenAi(),
            BasePath = "/v1",
            Credentials = Key(FakeOpenAi.Key),
            StrangeCredentials = Key("sk-nobody"),
            Cannot = OpenAiCannot,
            Uncounted = ChatAnswer,
            CountsTwice = RepeatedUsage.ChatAsync,
        },
        new("openai_compatible", "openai_compatible", "llama-3.3-70b")
        {
            Start = () => new FakeOpenAi(tellsThoughts: true),
            BasePath = "/v1",
            Credentials = Key(FakeOpenAi.Key),
            StrangeCredentials = Key("sk-nobody"),
            Cannot = [Ability.CountsWrittenCaches, Ability.WantsThoughtsBack],
            Uncounted = ChatAnswer,
            CountsTwice = RepeatedUsage.ChatAsync,
        },
        new("azure, deployment", "azure", FakeAzure.Deployment)
        {
            Start = () => new FakeAzure(),
            Options = [("api_version", "2024-10-21")],
            Credentials = Key(FakeAzure.Key),
            StrangeCredentials = Key("nobody"),
            Cannot = OpenAiCannot,
            Uncounted = ChatAnswer,
            CountsTwice = RepeatedUsage.ChatAsync,
        },
        new("azure, v1", "azure", FakeAzure.Deployment)
        {
            Start = () => new FakeAzure(),
            Credentials = Key(FakeAzure.Key),
            StrangeCredentials = Key("nobody"),
            Cannot = OpenAiCannot,
            Uncounted = ChatAnswer,
            CountsTwice = RepeatedUsage.ChatAsync,
        },
        new("anthropic", "anthropic", "claude-sonnet-4-5-20250929")
        {
            Start = () => new FakeAnthropic(),
            Credentials = Key(FakeAnthropic.Key),
            StrangeCredentials = Key("sk-ant-nobody"),
            Cannot = [Ability.TakesBias],
            Uncounted = ClaudeAnswer,
            CountsTwice = RepeatedUsage.ClaudeAsync,
            Signature = Think.SignatureOf(DefaultModel.Thought),
        },
        new("gemini 2.5", "gemini", "gemini-2.5-flash")
        {
            Start = () => new FakeGemini(),
            Credentials = Key(FakeGemini.Key),
            StrangeCredentials = Key("AIzaSyNobody"),
            Cannot = [Ability.CountsWrittenCaches, Ability.WantsThoughtsBack, Ability.TakesBias],
            Uncounted = GeminiAnswer,
            CountsTwice = RepeatedUsage.GeminiAsync,
            ThinksUnasked = true,
        },
        new("gemini 3", "gemini", "gemini-3-pro-preview")
        {
            Start = () => new FakeGemini(),
            Credentials = Key(FakeGemini.Key),
            StrangeCredentials = Key("AIzaSyNobody"),
            Cannot = [Ability.CountsWrittenCaches, Ability.TakesBias],
            Uncounted = GeminiAnswer,
            CountsTwice = RepeatedUsage.GeminiAsync,
            ThinksUnasked = true,
            Signature = Think.SignatureOf("get_weather"),
        },
        new("vertex_ai, Gemini", "vertex_ai", "gemini-3-pro-preview")
        {
            Start = () => new FakeVertex(GoogleAccount.Tokens),
            Options = [("project", FakeVertex.Project), ("location", "europe-west1")],
            Credentials = GoogleAccount.Credentials,
            StartStrange = () => new FakeVertex(GoogleAccount.Others),
            Cannot = [Ability.CountsWrittenCaches, Ability.TakesBias],
            Uncounted = GeminiAnswer,
            CountsTwice = RepeatedUsage.GeminiAsync,
            ThinksUnasked = true,
            Signature = Think.SignatureOf("get_weather"),
        },
        new("vertex_ai, Claude", "vertex_ai", "claude-sonnet-4-5@20250929")
        {
            Start = () => new FakeVertex(GoogleAccount.Tokens),
            Options = [("project", FakeVertex.Project), ("location", "europe-west1")],
            Credentials = GoogleAccount.Credentials,
            StartStrange = () => new FakeVertex(GoogleAccount.Others),
            Cannot = [Ability.TakesBias],
            Uncounted = ClaudeAnswer,
            CountsTwice = RepeatedUsage.ClaudeAsync,
            Signature = Think.SignatureOf(DefaultModel.Thought),
        },
        new("bedrock, Claude by signature", "bedrock", "anthropic.claude-sonnet-4-5-20250929-v1:0")
        {
            Start = () => new FakeBedrock { Token = Temporary },
            Options = [("region", FakeBedrock.Region)],
            Credentials = Secret(FakeBedrock.Secret),
            StrangeCredentials = Secret("nobody"),
            Cannot = [Ability.SaysWhenToRetry, Ability.CountsReasoning, Ability.TakesBias],
            Uncounted = ConverseAnswer,
            CountsTwice = RepeatedUsage.ConverseAsync,
            Signature = Think.SignatureOf(DefaultModel.Thought),
        },
        new("bedrock, Nova by key", "bedrock", "amazon.nova-pro-v1:0")
        {
            Start = () => new FakeBedrock(),
            Options = [("region", FakeBedrock.Region)],
            Credentials = Key(FakeBedrock.ApiKey),
            StrangeCredentials = Key("nobody"),
            Cannot =
            [
                Ability.SaysWhenToRetry, Ability.CountsReasoning, Ability.TakesEffort, Ability.TellsThoughts, Ability.WantsThoughtsBack,
                Ability.TakesBias,
            ],
            Uncounted = ConverseAnswer,
            CountsTwice = RepeatedUsage.ConverseAsync,
        },
    ];

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names => Cases.Select(one => one.Name);

    /// <summary>Those of which each has a wire or a way to be reached that no other has.</summary>
    public static IEnumerable<string> Wires => Names.Except(["azure, v1", "gemini 2.5", "bedrock, Nova by key"]);

    public static ProviderCase Of(string name) => Cases.Single(one => one.Name == name);

    /// <summary>The names of those that can.</summary>
    public static IEnumerable<string> That(Ability ability) => Names.Where(name => Of(name).Can(ability));

    private static string Secret(string secret) =>
        JsonReading.ToJson(new { access_key_id = FakeBedrock.Id, secret_access_key = secret, session_token = Temporary });

    private static string Key(string key) => JsonReading.ToJson(new { api_key = key });
}
