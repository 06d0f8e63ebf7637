using CleanGateway.Domain.Usage;

namespace CleanGateway.UnitTests.Domain.Usage;

public class UsageDetailsTests
{
    [Fact]
    public void Only_what_is_there_is_written()
    {
        new UsageDetails().ToJson().Should().Be("{}");
        new UsageDetails { WebSearches = 3, ServiceTier = "flex", Seconds = 1.50m, Batch = true }.ToJson()
            .Should().Be("""{"web_searches":3,"seconds":1.50,"service_tier":"flex","batch":true}""");
    }

    /// <summary>A property that is added has to be written too.</summary>
    [Fact]
    public void Everything_there_can_be_is_written() =>
        new UsageDetails
        {
            CacheWriteTokens = 1, CacheWrite1hTokens = 1, AudioInputTokens = 1, ImageInputTokens = 1, AudioOutputTokens = 1, ImageOutputTokens = 1,
            WebSearches = 1, SearchContextSize = "low", ServiceTier = "flex", InferenceGeo = "us", Speed = "fast", Region = "eu", Batch = true, Seconds = 1,
            Characters = 1, Images = 1, PixelsPerImage = 1, Queries = 1,
        }
        .ToJson().Count(letter => letter == ':').Should().Be(typeof(UsageDetails).GetProperties().Length);

    [Fact]
    public void Nothing_has_one_form()
    {
        new UsageDetails().OrNull().Should().BeNull();
        new UsageDetails { Speed = "fast" }.OrNull().Should().NotBeNull();
        new TokenUsage(1, 2) { Details = new UsageDetails { Images = 1 } }.Should().Be(new TokenUsage(1, 2) { Details = new UsageDetails { Images = 1 } });
    }
}
