using CleanGateway.Domain.Usage;

namespace CleanGateway.Domain.Models;

public readonly record struct ModelId(Guid Value);

/// <summary>A model the gateway knows by name, and what it costs.</summary>
public sealed class Model
{
    /// <summary>Characters, of a name that is imported.</summary>
    public const int MaxNameLength = 256;

    private Model() { }

    public ModelId Id { get; private init; }

    /// <summary>What callers ask for, and what the provider is asked for where <see cref="UpstreamModel"/> says nothing else.</summary>
    public string ModelName { get; private init; } = "";

    /// <summary>The type of provider that serves it; LiteLLM's word, kept because its catalogue uses it.</summary>
    public string LitellmProvider { get; private set; } = "";

    /// <summary>US dollars; null is not known, which is not the same as free.</summary>
    public decimal? InputCostPerToken { get; private set; }

    /// <inheritdoc cref="InputCostPerToken"/>
    public decimal? OutputCostPerToken { get; private set; }

    /// <summary>Every other rate, as a JSON object under the names of LiteLLM's catalogue; tiers and multipliers too.</summary>
    public string Prices { get; private set; } = "{}";

    /// <summary>JSON object of what the model can do: <c>supports_vision</c> and the like.</summary>
    public string Capabilities { get; private set; } = "{}";

    /// <summary>JSON object of what the catalogue says besides and nothing here reads.</summary>
    public string Extra { get; private set; } = "{}";

    /// <summary><c>chat</c>, <c>embedding</c> …; only chat models answer chat completions.</summary>
    public string Mode { get; private set; } = "chat";
    public int? MaxInputTokens { get; private set; }
    public int? MaxOutputTokens { get; private set; }

    /// <summary>What the provider calls it, an Azure deployment for example; null: by its own name, without the catalogue's prefix.</summary>
    public string? UpstreamModel { get; private set; }

    /// <summary>Parameters that the provider cannot do are left out of calls instead of refused.</summary>
    public bool DropParams { get; private set; }
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>Another one after each change of the row.</summary>
    public uint Version { get; private init; }

    /// <summary>All rates together; null when not one is known.</summary>
    public Price? Price { get; private init; }

    /// <summary>A model that an operator makes by hand; what it is like is for <see cref="Describe"/> to say.</summary>
    public static Model Create(string name, DateTimeOffset now) => new()
    {
        Id = new ModelId(Guid.CreateVersion7(now)),
        ModelName = name,
        CreatedAt = now,
    };

    /// <param name="upstreamModel"><see cref="UpstreamModel"/>.</param>
    public void Describe(
        string provider, string mode, int? maxInputTokens, int? maxOutputTokens, string capabilities, string? upstreamModel, bool dropParams)
    {
        LitellmProvider = provider;
        Mode = mode;
        MaxInputTokens = maxInputTokens;
        MaxOutputTokens = maxOutputTokens;
        Capabilities = capabilities;
        UpstreamModel = upstreamModel;
        DropParams = dropParams;
    }

    /// <param name="prices">As <see cref="Prices"/>.</param>
    /// <exception cref="FormatException">Something is no rate; the message names it.</exception>
    public void Charge(decimal? inputCost, decimal? outputCost, string prices)
    {
        Price.From(inputCost, outputCost, prices);
        InputCostPerToken = inputCost;
        OutputCostPerToken = outputCost;
        Prices = prices;
    }

    /// <summary>A model as the database or the built-in catalogue has it.</summary>
    /// <param name="prices">As <see cref="Prices"/>.</param>
    /// <exception cref="FormatException">Something in <paramref name="prices"/> is no rate.</exception>
    public static Model Load(
        ModelId id, string name, string provider, decimal? inputCost, decimal? outputCost, string mode, DateTimeOffset createdAt,
        string prices = "{}", int? maxInputTokens = null, int? maxOutputTokens = null, string capabilities = "{}", string? upstreamModel = null,
        bool dropParams = false) => new()
    {
        Id = id,
        ModelName = name,
        LitellmProvider = provider,
        InputCostPerToken = inputCost,
        OutputCostPerToken = outputCost,
        Prices = prices,
        Price = Price.From(inputCost, outputCost, prices),
        Mode = mode,
        MaxInputTokens = maxInputTokens,
        MaxOutputTokens = maxOutputTokens,
        Capabilities = capabilities,
        UpstreamModel = upstreamModel,
        DropParams = dropParams,
        CreatedAt = createdAt,
    };
}
