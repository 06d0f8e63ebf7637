using CleanGateway.Domain.ApiKeys;
using CleanGateway.Domain.Providers;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects;
using CleanGateway.Infrastructure.ProviderAdapters.Dialects.Chat;

namespace CleanGateway.UnitTests.Infrastructure.ProviderAdapters;

public class ThoughtMemoryTests
{
    private static readonly Guid One = new("11111111-1111-1111-1111-111111111111");
    private static readonly Guid Other = new("22222222-2222-2222-2222-222222222222");
    private static readonly ThoughtOwner Owner = new(new ProviderId(One), "m", new ApiKeyId(One));

    [Fact]
    public void Thoughts_are_found_by_the_call_they_led_to_and_by_no_other_provider_model_or_caller()
    {
        using var memory = new ThoughtMemory();
        memory.Keep(Owner, "call_1", [new ThinkingBlock("Hm", "sig", null)]);

        memory.Find(Owner, "call_1").Should().Equal(new ThinkingBlock("Hm", "sig", null));
        memory.Find(Owner, "call_2").Should().BeNull();
        memory.Find(Owner with { Provider = new ProviderId(Other) }, "call_1").Should().BeNull();
        memory.Find(Owner with { Model = "n" }, "call_1").Should().BeNull();
        memory.Find(Owner with { Caller = new ApiKeyId(Other) }, "call_1").Should().BeNull();
        memory.Find(Owner with { Caller = null }, "call_1").Should().BeNull();
    }

    [Fact]
    public void It_never_holds_more_than_it_may()
    {
        using var memory = new ThoughtMemory();
        var large = new string('x', 1536 * 1024);   // 3 MiB each; 64 are allowed

        for (var call = 0; call < 60; call++)
            memory.Keep(Owner, $"call_{call}", [new ThinkingBlock(large, null, null)]);

        Enumerable.Range(0, 60).Count(call => memory.Find(Owner, $"call_{call}") is not null).Should().BeInRange(1, 21);
    }

    [Fact]
    public void What_is_too_long_is_not_kept_and_what_was_there_before_is_not_given_in_its_place()
    {
        using var memory = new ThoughtMemory();
        memory.Keep(Owner, "call_1", [new ThinkingBlock("Hm", "sig", null)]);
        memory.Keep(Owner, "call_2", [new ThinkingBlock("Hm", "sig", null)]);

        memory.Keep(Owner, "call_1", [new ThinkingBlock(new string('x', 3 * 1024 * 1024), null, null)]);

        memory.Find(Owner, "call_1").Should().BeNull();
        memory.Find(Owner, "call_2").Should().ContainSingle();
    }
}
