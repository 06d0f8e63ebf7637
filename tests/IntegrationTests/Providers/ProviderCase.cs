using System.Text.Json.Nodes;
using CleanGateway.IntegrationTests.Fixtures;

namespace CleanGateway.IntegrationTests.Providers;

/// <summary>What not every kind of provider can do or tell.</summary>
internal enum Ability
{
    /// <summary>Tells how much of a prompt it has put into its cache.</summary>
    CountsWrittenCaches,

    /// <summary>Tells how much of an answer was thought.</summary>
    CountsReasoning,

    /// <summary>Says with a rate limit when to come back.</summary>
    SaysWhenToRetry,

    /// <summary>Says what it thinks before it answers.</summary>
    TellsThoughts,

    /// <summary>Can be asked to think.</summary>
    TakesEffort,

    /// <summary>Has reasons of its own to want back, with what a tool said, what it thought before it called it.</summary>
    WantsThoughtsBack,

    /// <summary>Keeps an answer to a JSON schema.</summary>
    KeepsToSchemas,

    /// <summary>Takes OpenAI's <c>logit_bias</c>.</summary>
    TakesBias,
}

/// <summary>A kind of provider as an operator sets it up, and a fake of it to be set up with.</summary>
/// <param name="Name">In the names of tests.</param>
/// <param name="Type">The <c>provider_type</c>.</param>
/// <param name="UpstreamModel">What the provider calls the model.</param>
internal sealed record ProviderCase(string Name, string Type, string UpstreamModel)
{
    public required Func<FakeProvider> Start { get; init; }

    /// <summary>What stands in <c>encrypted_credentials</c>.</summary>
    public required string Credentials { get; init; }

    /// <summary>The same, of somebody the provider does not know; null where the provider has to be another.</summary>
    public string? StrangeCredentials { get; init; }

    /// <summary>A provider that does not know whose the <see cref="Credentials"/> are; null where they can be others.</summary>
    public Func<FakeProvider>? StartStrange { get; init; }

    /// <summary>What follows the host in <c>base_url</c>.</summary>
    public string BasePath { get; init; } = "";

    /// <summary>Members of <c>config</c> besides where it is.</summary>
    public IReadOnlyList<(string Name, string Value)> Options { get; init; } = [];

    /// <summary>What it cannot do.</summary>
    public IReadOnlyList<Ability> Cannot { get; init; } = [];

    /// <summary>It is always asked for its thoughts.</summary>
    public bool ThinksUnasked { get; init; }

    /// <summary>A whole answer of this wire that says nothing of tokens.</summary>
    public required string Uncounted { get; init; }

    /// <summary>With which it gets back what it thought before it called tools; null where it wants nothing.</summary>
    public string? Signature { get; init; }

    /// <summary>Its streams come in Amazon's frames.</summary>
    public bool IsFramed => Type == "bedrock";

    /// <summary>Streams an answer, and says twice or more what it came to: 20 tokens in, 7 out.</summary>
    public required Func<UpstreamCall, Task> CountsTwice { get; init; }

    public bool Can(Ability ability) => !Cannot.Contains(ability);

    /// <summary>The row's <c>config</c>.</summary>
    public string ConfigFor(FakeProvider fake)
    {
        var config = new JsonObject
        {
            ["base_url"] = fake.Url.GetLeftPart(UriPartial.Authority) + BasePath, ["allow_cidrs"] = new JsonArray("127.0.0.0/8"),
        };
        foreach (var (name, value) in Options)
            config[name] = value;

        return config.ToJsonString();
    }

    /// <summary>Tokens of every sort that this wire can tell apart.</summary>
    public ModelUsage AllSorts => new(
        Input: 20, CachedRead: 100, CacheWrite: Can(Ability.CountsWrittenCaches) ? 10 : 0,
        Output: 9, Reasoning: Can(Ability.CountsReasoning) ? 4 : 0);

    /// <summary>What the default model's answer comes to; thoughts are counted where this wire has a number for them.</summary>
    /// <param name="thinks">It was asked to think.</param>
    public ModelUsage Usual(bool thinks = false) => new(Reasoning: Can(Ability.CountsReasoning) && (thinks || ThinksUnasked) ? 4 : 0);

    public override string ToString() => Name;
}
