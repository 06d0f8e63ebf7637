using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public class ThoughtMemoryTests
{
    private static readonly ProviderId One = new(new Guid("11111111-1111-1111-1111-111111111111"));
    private static readonly ProviderId Other = new(new Guid("22222222-2222-2222-2222-222222222222"));

    [Fact]
    public void Thoughts_are_found_by_the_call_they_led_to_and_by_no_other_provider()
    {
        using var memory = new ThoughtMemory();
        memory.Keep(One, "call_1", [new ThinkingBlock("Hm", "sig", null)]);

        memory.Find(One, "call_1").Should().Equal(new ThinkingBlock("Hm", "sig", null));
        memory.Find(Other, "call_1").Should().BeNull();
        memory.Find(One, "call_2").Should().BeNull();
    }

    [Fact]
    public void It_never_holds_more_than_it_may()
    {
        using var memory = new ThoughtMemory();
        var large = new string('x', 8 * 1024 * 1024);   // 16 MiB each; 64 are allowed

        for (var call = 0; call < 20; call++)
            memory.Keep(One, $"call_{call}", [new ThinkingBlock(large, null, null)]);

        Enumerable.Range(0, 20).Count(call => memory.Find(One, $"call_{call}") is not null).Should().BeLessThanOrEqualTo(3);
    }
}
