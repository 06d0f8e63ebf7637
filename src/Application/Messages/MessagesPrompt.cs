using System.Runtime.InteropServices;
using System.Text.Json;
using CleanGateway.Application.Common;
using CleanGateway.Domain.Usage;

namespace CleanGateway.Application.Messages;

/// <summary>
/// How large the input of a request of Anthropic's API is: about how many tokens, and how many at most. Tokens are made
/// of whole bytes, so text has no more of them than bytes; media are billed by other measures, for each of which there is
/// a most; only what stands where media stand is taken for one.
/// </summary>
/// <param name="Estimate">About how many tokens.</param>
/// <param name="Most">No more tokens than these, unless some of the input <paramref name="IsElsewhere"/>.</param>
/// <param name="IsElsewhere">Some of it lies at the provider or behind an address, or is found by the provider's own tools.</param>
internal sealed record MessagesPrompt(long Estimate, long Most, bool IsElsewhere, bool HasPictures)
{
    private const int BytesPerToken = 4;

    // Of the order of what a picture of moderate size, or a page or two, is billed as.
    private const int UsualTokensPerMedium = 1000;

    // What a provider may add by itself to any prompt, and to one with tools.
    private const long Overhead = 256;
    private const long ToolsOverhead = 1024;

    // More than the dearest way of counting the largest picture comes to.
    private const long MostTokensPerPicture = 40_000;

    // A page of a document can be billed as a picture besides its text, and be small when compressed.
    private const int MostTokensPerDocumentByte = 4;

    /// <summary>The most tokens that the input can be.</summary>
    /// <param name="mostInput">What the model takes; null when not known.</param>
    public long BoundFor(long? mostInput) => IsElsewhere ? mostInput ?? TokenUsage.MaxTokens : Math.Min(Most, mostInput ?? long.MaxValue);

    /// <param name="body">Valid JSON, an object.</param>
    /// <param name="findsMore">The provider may bring more input by itself.</param>
    public static MessagesPrompt Measure(ReadOnlyMemory<byte> body, bool findsMore)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth });
        var root = document.RootElement;
        var hasTools = root.TryGetProperty("tools", out var tools) && tools.ValueKind == JsonValueKind.Array;
        var tally = new Tally { IsElsewhere = findsMore };
        if (hasTools)
            tally.Bytes += Raw(tools);
        if (root.TryGetProperty("system", out var system))
            tally.AddContent(system);
        if (root.TryGetProperty("container", out var container) && container.ValueKind is not JsonValueKind.Null)
            tally.IsElsewhere = true;
        if (root.TryGetProperty("messages", out var messages) && messages.ValueKind == JsonValueKind.Array)
        {
            foreach (var message in messages.EnumerateArray())
            {
                if (message.ValueKind == JsonValueKind.Object && message.TryGetProperty("content", out var content))
                    tally.AddContent(content);
            }
        }

        var most = Math.Max(0, body.Length + tally.More + Overhead + (hasTools ? ToolsOverhead : 0));
        var estimate = (tally.Bytes + BytesPerToken - 1) / BytesPerToken + tally.Media * UsualTokensPerMedium;
        return new MessagesPrompt(Math.Min(estimate, most), most, tally.IsElsewhere, tally.HasPictures);
    }

    private static long Raw(JsonElement value) => JsonMarshal.GetRawUtf8Value(value).Length;

    /// <summary>What has been found so far.</summary>
    private sealed class Tally
    {
        /// <summary>Of texts.</summary>
        public long Bytes { get; set; }

        public long Media { get; private set; }

        /// <summary>What the most tokens are more, or less, than the bytes of the body.</summary>
        public long More { get; private set; }
        public bool IsElsewhere { get; set; }
        public bool HasPictures { get; private set; }

        public void AddContent(JsonElement content)
        {
            if (content.ValueKind == JsonValueKind.Array)
            {
                foreach (var block in content.EnumerateArray())
                    AddBlock(block);
            }
            else if (content.ValueKind == JsonValueKind.Object)
            {
                AddBlock(content);   // what a server tool has found may be one
            }
            else
            {
                Bytes += Raw(content);
            }
        }

        private void AddBlock(JsonElement block)
        {
            if (block.ValueKind != JsonValueKind.Object || !block.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
            {
                Bytes += Raw(block);
                return;
            }

            switch (Name(type))
            {
                case "image":
                    (HasPictures, Media) = (true, Media + 1);
                    More += MostTokensPerPicture;
                    AddSource(block, isPicture: true);
                    break;
                case "document":
                    AddSource(block, isPicture: false);
                    break;
                case "tool_result" or "search_result" or "web_search_tool_result" or "web_fetch_tool_result" or "web_fetch_result"
                    or "code_execution_tool_result" or "bash_code_execution_tool_result" or "text_editor_code_execution_tool_result"
                    or "tool_search_tool_result" or "mcp_tool_result":
                    if (block.TryGetProperty("content", out var content))
                        AddContent(content);
                    break;
                case "text" or "thinking" or "redacted_thinking" or "tool_use" or "server_tool_use" or "mcp_tool_use" or "tool_reference":
                    Bytes += Raw(block);
                    break;
                case var found when found.EndsWith("_result", StringComparison.Ordinal) || found.EndsWith("_error", StringComparison.Ordinal):
                    Bytes += Raw(block);   // within what a tool of the provider's has found
                    break;
                default:
                    // A kind of block that is not known here may stand for anything.
                    Bytes += Raw(block);
                    IsElsewhere = true;
                    break;
            }
        }

        private void AddSource(JsonElement block, bool isPicture)
        {
            if (!block.TryGetProperty("source", out var source) || source.ValueKind != JsonValueKind.Object
                || !source.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
            {
                Bytes += Raw(block);
                return;
            }

            var length = source.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.String ? Raw(data) : 0;
            switch (Name(type))
            {
                case "base64" when isPicture:
                    More -= length;
                    break;
                case "base64":
                    Media++;
                    More += length * (MostTokensPerDocumentByte - 1);
                    break;
                case "text":
                    Bytes += length;
                    break;
                case "content" when source.TryGetProperty("content", out var content):
                    AddContent(content);
                    break;
                case "url" when isPicture:
                    break;   // a picture is a picture, wherever it lies
                default:
                    Media += isPicture ? 0 : 1;
                    IsElsewhere = true;
                    break;
            }
        }

        // Half of a surrogate pair is in no name that is known here.
        private static string Name(JsonElement type)
        {
            try
            {
                return type.GetString()!;
            }
            catch (InvalidOperationException)
            {
                return "";
            }
        }
    }
}
